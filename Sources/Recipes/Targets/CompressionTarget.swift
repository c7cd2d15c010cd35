import Foundation
import Tensors

/// A budget: how much of a quantity may be left.
///
/// Written as `macs=0.5` (a fraction of the original) or with a unit as `size=500kB`, `latency=5ms`, `fps=200fps`
/// (absolute).
public struct CompressionTarget: Sendable, Equatable, Codable, CustomStringConvertible {
  /// What is limited.
  public enum Kind: String, Sendable, CaseIterable, Codable {
    /// Multiply-accumulates of convolutions and matrix products, batch 1.
    case macs
    /// Trainable parameters.
    case parameters
    /// Channels that can be removed, those that are coupled counted once.
    case channels
    /// Bytes of `model.onnx`.
    case size
    /// Bytes of `model.pare`.
    case packedSize = "pare_size"
    /// Bytes of weights and peak activations.
    case memory
    /// Milliseconds, p50 at batch 1.
    case latency
    /// Images a second at batch 1; more is better.
    case fps
  }

  /// What is limited.
  public var kind: Kind
  /// The limit: a fraction of the original, or a number of MACs, parameters, channels, bytes, milliseconds or
  /// images a second.
  public var amount: Double
  /// Whether the limit is absolute.
  public var isAbsolute: Bool

  /// Makes a target.
  /// - Throws: `PareError.usage` for an amount that no network can have.
  public init(_ kind: Kind, _ amount: Double, isAbsolute: Bool = false) throws {
    guard amount > 0, amount.isFinite else { throw PareError(.usage, "a target of \(amount) for \(kind.rawValue)") }
    guard isAbsolute || kind == .fps || amount <= 1 else {
      throw PareError(
        .usage,
        "\(kind.rawValue)=\(amount) is a fraction of the original and must be at most 1; give a unit for an absolute "
          + "number (\(kind.rawValue)=\(Self.example(kind)))")
    }
    self.kind = kind
    self.amount = amount
    self.isAbsolute = isAbsolute
  }

  /// Reads targets from `macs=0.5,size=500kB`.
  /// - Throws: `PareError.usage` naming what cannot be read and what can.
  public static func parse(_ text: String) throws -> [CompressionTarget] {
    let targets = try text.split(separator: ",").map { try CompressionTarget(parsing: String($0)) }
    guard Set(targets.map(\.kind)).count == targets.count else {
      throw PareError(.usage, "\"\(text)\" limits the same quantity twice")
    }
    return targets
  }

  /// Reads one target.
  /// - Throws: `PareError.usage` naming what cannot be read and what can.
  public init(parsing text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
    let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
    guard parts.count == 2, let kind = Kind(rawValue: parts[0]) else {
      throw PareError(.usage, "\"\(text)\" is not a target; write KIND=AMOUNT, where KIND is one of \(kinds)")
    }
    let digits = parts[1].prefix { $0.isNumber || $0 == "." }
    let unit = String(parts[1].dropFirst(digits.count)).trimmingCharacters(in: .whitespaces)
    guard let number = Double(digits) else {
      throw PareError(
        .usage, "\"\(parts[1])\" is not an amount; write \(kind.rawValue)=0.5 or \(kind.rawValue)=\(Self.example(kind))"
      )
    }
    if unit.isEmpty {
      // A frame rate has no sensible fraction below 1; a bare number above 1 is meant absolutely for counts.
      try self.init(kind, number, isAbsolute: number > 1 && [.macs, .parameters, .channels, .fps].contains(kind))
      return
    }
    guard let factor = Self.units(kind)[unit] else {
      let known = Self.units(kind).keys.sorted().joined(separator: ", ")
      throw PareError(.usage, "\"\(unit)\" is no unit of \(kind.rawValue); it has \(known)")
    }
    try self.init(kind, number * factor, isAbsolute: true)
  }

  /// The limit in absolute units, for a network that has `original` of the quantity.
  public func limit(original: Double) -> Double { isAbsolute ? amount : amount * original }

  /// Whether a value keeps to the limit.
  public func isMet(by value: Double, original: Double) -> Bool { excess(of: value, original: original) <= 1 }

  /// A value over its limit, of a frame rate the limit over the value: above 1 where it is too much.
  public func excess(of value: Double, original: Double) -> Double {
    let limit = limit(original: original)
    return kind == .fps ? limit / value : value / limit
  }

  /// The form in which it is parsed.
  public var description: String { "\(kind.rawValue)=\(isAbsolute ? "\(amount)\(Self.baseUnit(kind))" : "\(amount)")" }

  /// Reads the text form.
  public init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  private static func units(_ kind: Kind) -> [String: Double] {
    switch kind {
    case .size, .packedSize, .memory:
      ["B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824]
    case .latency: ["ms": 1, "s": 1000, "us": 0.001]
    case .fps: ["fps": 1]
    case .macs, .parameters, .channels: ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9]
    }
  }

  private static func baseUnit(_ kind: Kind) -> String {
    switch kind {
    case .size, .packedSize, .memory: "B"
    case .latency: "ms"
    case .fps: "fps"
    case .macs, .parameters, .channels: ""
    }
  }

  private static func example(_ kind: Kind) -> String {
    switch kind {
    case .size, .packedSize, .memory: "500kB"
    case .latency: "5ms"
    case .fps: "200fps"
    case .macs: "20M"
    case .parameters: "100k"
    case .channels: "500"
    }
  }
}
