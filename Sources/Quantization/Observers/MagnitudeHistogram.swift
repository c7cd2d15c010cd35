/// Counts of magnitudes in 2048 bins of equal width, with zeros apart. Where a larger value comes, the bins grow to
/// twice their width as often as needed and neighbours are added up, so that memory stays as it is.
struct MagnitudeHistogram: Sendable {
  static let binCount = 2048
  /// How many values fell into each bin.
  private(set) var counts = [Int](repeating: 0, count: binCount)
  /// How many values were exactly 0.
  private(set) var zeros = 0
  /// The upper end of the last bin.
  private(set) var limit: Float = 0
  /// The largest magnitude.
  private(set) var largest: Float = 0

  /// The width of a bin.
  var binWidth: Double { Double(limit) / Double(Self.binCount) }
  /// How many values there were.
  var total: Int { counts.reduce(zeros, +) }

  /// Counts finite values.
  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let top = values.largestMagnitude
    largest = max(largest, top)
    guard top > 0 else {
      zeros += values.count
      return
    }
    if limit == 0 { limit = max(top, 1e-30) }
    while limit < top { grow() }
    let scale = Float(Self.binCount) / limit
    var zeros = 0
    counts.withUnsafeMutableBufferPointer { counts in
      for value in values {
        if value == 0 {
          zeros += 1
        } else {
          counts[min(Int(abs(value) * scale), Self.binCount - 1)] += 1
        }
      }
    }
    self.zeros += zeros
  }

  private mutating func grow() {
    limit *= 2
    for index in 0..<(Self.binCount / 2) { counts[index] = counts[2 * index] + counts[2 * index + 1] }
    for index in (Self.binCount / 2)..<Self.binCount { counts[index] = 0 }
  }
}
