/// The magnitude below which a share of all values lies (99.99 % where not said otherwise), to the width of a histogram
/// bin: a few outliers are clipped so that the rest is finer.
public struct PercentileObserver: ActivationObserver {
  /// The name in configurations.
  public static let identifier = "percentile"
  private var histogram = MagnitudeHistogram()
  private let share: Double

  /// Starts without values.
  public init(_ configuration: QuantizationConfiguration) { share = configuration.percentile / 100 }

  /// Counts the values.
  public mutating func observe(_ values: UnsafeBufferPointer<Float>) { histogram.add(values) }

  /// The upper end of the bin in which the share is reached, at most the largest magnitude.
  public func limit(levels: Int) -> Float {
    let wanted = Double(histogram.total) * share
    var seen = Double(histogram.zeros)
    for (bin, count) in histogram.counts.enumerated() {
      seen += Double(count)
      // Where the zeros alone are the share, the first bin with a value decides.
      if count > 0, seen >= wanted { return min(Float(Double(bin + 1) * histogram.binWidth), histogram.largest) }
    }
    return histogram.largest
  }
}
