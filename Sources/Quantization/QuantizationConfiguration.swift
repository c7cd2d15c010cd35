import Tensors

/// How a network is quantized after training: 8 bits, weights symmetric, activations by what calibration samples show.
public struct QuantizationConfiguration: Codable, Sendable, Equatable {
  /// Bits of weights and activations: 8, the width that runtimes have integer kernels for.
  public var bits: Int
  /// How the range of an activation is chosen: the identifier of one of `ActivationObservers.all`.
  public var calibration: String
  /// The share of values, in percent, that `percentile` keeps inside the range.
  public var percentile: Double
  /// How many training samples calibrate.
  public var samples: Int
  /// Samples that run at once; fewer where their activations would take more than `Calibration.memoryLimit`.
  public var batchSize: Int
  /// Regular expressions; a node whose whole name matches one stays in float32.
  public var ignoredNodes: [String]
  /// Whether weights have a scale per output channel; otherwise one per layer.
  public var usesChannelScales: Bool
  /// Whether sums and products of two activations run on integers.
  public var quantizesAdditions: Bool
  /// Whether average pooling runs on integers.
  public var quantizesPooling: Bool
  /// Whether the mean error that rounded weights make is taken out of the biases.
  public var correctsBias: Bool
  /// The seed of the choice of samples.
  public var seed: UInt64

  /// Makes a configuration.
  /// - Throws: `PareError.usage` naming what is out of range.
  public init(
    bits: Int = 8, calibration: String = MinMaxObserver.identifier, percentile: Double = 99.99, samples: Int = 512,
    batchSize: Int = 32, ignoredNodes: [String] = [], usesChannelScales: Bool = true, quantizesAdditions: Bool = true,
    quantizesPooling: Bool = true, correctsBias: Bool = true, seed: UInt64 = 0
  ) throws {
    self.bits = bits
    self.calibration = calibration
    self.percentile = percentile
    self.samples = samples
    self.batchSize = batchSize
    self.ignoredNodes = ignoredNodes
    self.usesChannelScales = usesChannelScales
    self.quantizesAdditions = quantizesAdditions
    self.quantizesPooling = quantizesPooling
    self.correctsBias = correctsBias
    self.seed = seed
    try validate()
  }

  enum CodingKeys: String, CodingKey {
    case bits, calibration, percentile, samples, seed
    case batchSize = "batch"
    case ignoredNodes = "ignored_nodes"
    case usesChannelScales = "per_channel"
    case quantizesAdditions = "add"
    case quantizesPooling = "pooling"
    case correctsBias = "bias_correction"
  }

  /// Reads a configuration; keys that are left out have their default.
  /// - Throws: `PareError.usage` naming what is out of range.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, _ standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    let standard = try QuantizationConfiguration()
    try self.init(
      bits: read(.bits, standard.bits), calibration: read(.calibration, standard.calibration),
      percentile: read(.percentile, standard.percentile), samples: read(.samples, standard.samples),
      batchSize: read(.batchSize, standard.batchSize), ignoredNodes: read(.ignoredNodes, standard.ignoredNodes),
      usesChannelScales: read(.usesChannelScales, standard.usesChannelScales),
      quantizesAdditions: read(.quantizesAdditions, standard.quantizesAdditions),
      quantizesPooling: read(.quantizesPooling, standard.quantizesPooling),
      correctsBias: read(.correctsBias, standard.correctsBias), seed: read(.seed, standard.seed))
  }

  /// Checks the values.
  /// - Throws: `PareError.usage` naming what is out of range.
  public func validate() throws {
    guard bits == 8 else {
      throw PareError(.usage, "quantization to \(bits) bits; only 8 bits have integer kernels in runtimes")
    }
    guard ActivationObservers.named(calibration) != nil else {
      throw PareError(
        .usage, "there is no calibration \"\(calibration)\"; choose one of \(ActivationObservers.names)")
    }
    guard percentile > 50, percentile <= 100 else {
      throw PareError(.usage, "a percentile of \(percentile) must be above 50 and at most 100")
    }
    guard samples > 0, batchSize > 0 else {
      throw PareError(.usage, "\(samples) calibration samples in batches of \(batchSize): both must be at least 1")
    }
    for pattern in ignoredNodes {
      guard (try? Regex(pattern)) != nil else {
        throw PareError(.usage, "\"\(pattern)\" is no regular expression for names of nodes to ignore")
      }
    }
  }
}
