/// Values normalised row by row, in double precision: what the references of layer, group and instance normalisation
/// share.
struct RowStatistics {
  /// The mean of each row.
  let means: [Double]
  /// 1 / sqrt(variance + epsilon) of each row.
  let inverses: [Double]
  /// (x - mean) * inverse.
  let normalized: [Double]
  private let width: Int

  init(of values: [Double], rows: Int, epsilon: Double) {
    let width = values.count / max(rows, 1)
    var (means, inverses): ([Double], [Double]) = ([], [])
    for index in 0..<rows {
      let row = values[index * width..<(index + 1) * width]
      let mean = row.reduce(0, +) / Double(width)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      means.append(mean)
      inverses.append(1 / (variance + epsilon).squareRoot())
    }
    self.means = means
    self.inverses = inverses
    self.width = width
    normalized = values.enumerated().map { ($1 - means[$0 / width]) * inverses[$0 / width] }
  }

  /// dx from the gradients g by the normalised values n: (g - mean of g - n * mean of g*n) * inverse.
  func gradient(of gradients: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: means.count)
    var products = sums
    for (index, gradient) in gradients.enumerated() {
      sums[index / width] += gradient / Double(width)
      products[index / width] += gradient * normalized[index] / Double(width)
    }
    return gradients.enumerated().map { index, gradient in
      let row = index / width
      return (gradient - sums[row] - normalized[index] * products[row]) * inverses[row]
    }
  }
}
