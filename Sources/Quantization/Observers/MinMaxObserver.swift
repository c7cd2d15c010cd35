/// The largest magnitude seen: nothing that calibration showed is clipped.
public struct MinMaxObserver: ActivationObserver {
  /// The name in configurations.
  public static let identifier = "minmax"
  private var largest: Float = 0

  /// Starts without values.
  public init(_ configuration: QuantizationConfiguration) {}

  /// Keeps the largest magnitude.
  public mutating func observe(_ values: UnsafeBufferPointer<Float>) { largest = max(largest, values.largestMagnitude) }

  /// The largest magnitude.
  public func limit(levels: Int) -> Float { largest }
}
