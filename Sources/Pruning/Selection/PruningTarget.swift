import Graphs
import Measurement
import ONNXFormat
import Tensors

/// How small the network has to become.
public struct PruningTarget: Codable, Sendable, Equatable {
  /// What is counted.
  public enum Resource: String, Codable, Sendable, CaseIterable {
    /// Multiply-accumulates at batch 1.
    case macs
    /// Trainable numbers.
    case parameters
    /// Channels that can be removed, those that are coupled counted once.
    case channels
    /// Bytes of the written file.
    case size
    /// Nanoseconds of the layers that multiply, at batch 1, as `LayerTimes` measures them.
    case latency

    /// What an amount of it is called in texts.
    public var unit: String {
      switch self {
      case .macs: "MACs"
      case .size: "bytes"
      case .latency: "layers' nanoseconds"
      case .parameters, .channels: rawValue
      }
    }
  }

  /// How much of it may be left.
  public enum Amount: Sendable, Equatable {
    /// A fraction of the original, above 0 and up to 1.
    case fraction(Double)
    /// A number of it.
    case absolute(Int)
  }

  /// What is counted.
  public var resource: Resource
  /// How much may be left.
  public var amount: Amount

  private enum CodingKeys: String, CodingKey {
    case resource, fraction, absolute
  }

  /// Makes a target.
  public init(_ resource: Resource, _ amount: Amount) {
    self.resource = resource
    self.amount = amount
  }

  /// A target of multiply-accumulates, as a fraction of the original.
  public static func macs(_ fraction: Double) -> PruningTarget { PruningTarget(.macs, .fraction(fraction)) }

  /// A target of parameters, as a fraction of the original.
  public static func parameters(_ fraction: Double) -> PruningTarget { PruningTarget(.parameters, .fraction(fraction)) }

  /// A target of the file's bytes, as a fraction of the original.
  public static func size(_ fraction: Double) -> PruningTarget { PruningTarget(.size, .fraction(fraction)) }

  /// Reads `resource` (`macs` where it is left out) with `fraction` or `absolute`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    resource = try values.decodeIfPresent(Resource.self, forKey: .resource) ?? .macs
    if let number = try values.decodeIfPresent(Int.self, forKey: .absolute) {
      amount = .absolute(number)
    } else {
      amount = .fraction(try values.decode(Double.self, forKey: .fraction))
    }
  }

  /// Writes `resource` with `fraction` or `absolute`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(resource, forKey: .resource)
    switch amount {
    case .fraction(let fraction): try values.encode(fraction, forKey: .fraction)
    case .absolute(let number): try values.encode(number, forKey: .absolute)
    }
  }

  /// The most that may be left of an original amount; fractions are rounded down.
  public func limit(original: Int) -> Int {
    switch amount {
    case .fraction(let fraction): Int((Double(original) * fraction).rounded(.down))
    case .absolute(let number): number
    }
  }

  /// Checks the amount.
  /// - Throws: `PareError.usage` where it is out of range.
  public func validate() throws {
    switch amount {
    case .fraction(let fraction):
      guard fraction > 0, fraction <= 1 else {
        throw PareError(.usage, "a target of \(fraction) of the \(resource.rawValue); it must be above 0 and up to 1")
      }
    case .absolute(let number):
      guard number > 0 else {
        throw PareError(.usage, "a target of \(number) \(resource.rawValue); it must be above 0")
      }
    }
  }
}

extension PruningTarget.Resource {
  /// How much of it a model has, counted exactly but for latency: the size is that of the ONNX file that would be written.
  /// - Parameter times: what latency is measured by; needed for it alone.
  /// - Throws: what shape inference and writing throw, `PareError.usage` for a latency that nothing measures.
  public func amount(in model: Model, by times: LayerTimes? = nil) throws -> Int {
    switch self {
    case .macs: try model.graph.costs().macs
    case .parameters: try model.graph.costs().parameters
    case .channels: try model.graph.removableChannelGroups().groups.reduce(0) { $0 + $1.channels.count }
    case .size: try model.onnxBytes().count
    case .latency: try measured(times).total(of: model.graph)
    }
  }

  /// What measures a latency.
  func measured(_ times: LayerTimes?) throws -> LayerTimes {
    guard let times else {
      throw PareError(.usage, "nothing measures the latency that is the target; count something else")
    }
    return times
  }
}
