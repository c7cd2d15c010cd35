/// The limit with the least mean squared error: rounding inside the range costs step^2 / 12 a value, clipping the
/// squared distance to the limit. Zeros cost nothing, since they are represented exactly. 100 limits down to a fifth of
/// the largest magnitude are tried on the histogram.
public struct MSEObserver: ActivationObserver {
  /// The name in configurations.
  public static let identifier = "mse"
  private static let candidates = 100
  private static let least = 0.2
  private var histogram = MagnitudeHistogram()

  /// Starts without values.
  public init(_ configuration: QuantizationConfiguration) {}

  /// Counts the values.
  public mutating func observe(_ values: UnsafeBufferPointer<Float>) { histogram.add(values) }

  /// The best of the limits that are tried; the larger of equals.
  public func limit(levels: Int) -> Float {
    let largest = Double(histogram.largest)
    var best = (limit: largest, error: Double.infinity)
    for index in 0..<Self.candidates {
      let limit = largest * (1 - (1 - Self.least) * Double(index) / Double(Self.candidates - 1))
      let error = squaredError(limit: limit, levels: levels)
      if error < best.error { best = (limit, error) }
    }
    return Float(best.limit)
  }

  private func squaredError(limit: Double, levels: Int) -> Double {
    let step = limit / Double(levels)
    let rounding = step * step / 12
    var error = 0.0
    for (bin, count) in histogram.counts.enumerated() where count > 0 {
      let excess = (Double(bin) + 0.5) * histogram.binWidth - limit
      error += Double(count) * (excess > 0 ? excess * excess : rounding)
    }
    return error
  }
}
