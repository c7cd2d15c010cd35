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

extension UnsafeBufferPointer<Float> {
  /// The largest magnitude; 0 where there are no values.
  var largestMagnitude: Float {
    var lanes = SIMD16<Float>(repeating: 0)
    let whole = count / 16 * 16
    var index = 0
    while index < whole {
      let values = UnsafeRawPointer(baseAddress! + index).loadUnaligned(as: SIMD16<Float>.self)
      lanes = lanes.replacing(with: values, where: values .> lanes)
      lanes = lanes.replacing(with: -values, where: -values .> lanes)
      index += 16
    }
    var largest = lanes.max()
    while index < count {
      largest = Swift.max(largest, abs(self[index]))
      index += 1
    }
    return largest
  }
}
