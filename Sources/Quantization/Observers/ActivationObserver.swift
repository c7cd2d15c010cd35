/// Watches the values of one activation, batch by batch in bounded memory, and says how far its integers should reach.
public protocol ActivationObserver: Sendable {
  /// The name in configurations and on the command line.
  static var identifier: String { get }

  /// Starts without values.
  init(_ configuration: QuantizationConfiguration)

  /// Takes in values, which are finite.
  mutating func observe(_ values: UnsafeBufferPointer<Float>)

  /// The magnitude that the largest integer should stand for; 0 where all values were 0.
  /// - Parameter levels: the largest integer: 127 of symmetric ones, 255 of those without a sign.
  func limit(levels: Int) -> Float
}

/// Every way to choose ranges: one line each.
public enum ActivationObservers {
  /// The observers.
  public static let all: [any ActivationObserver.Type] = [
    MinMaxObserver.self,
    PercentileObserver.self,
    MSEObserver.self,
  ]

  /// The observer of an identifier; nil where there is none.
  public static func named(_ identifier: String) -> (any ActivationObserver.Type)? {
    all.first { $0.identifier == identifier }
  }

  /// The identifiers, for messages.
  static var names: String { all.map { $0.identifier }.joined(separator: ", ") }
}
