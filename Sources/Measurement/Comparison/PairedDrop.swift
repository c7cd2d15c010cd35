import Tensors

/// The drop in top-1 from one network to another on the same samples, with its 95 % interval.
///
/// For each sample d = (first is right) - (second is right), which is -1, 0 or 1. The drop is the mean of d; the interval
/// is drop ± 1.96 s / sqrt(n), s² the sample variance of d (n - 1 below). Pairing makes it far narrower than two
/// intervals side by side would be: samples that both get right, or both wrong, do not count. It is a normal
/// approximation, as McNemar's test is (1947); with fewer than about ten samples on which the two differ it is rough.
public struct PairedDrop: Codable, Sendable, Equatable {
  /// The first network's top-1 less the second's: positive where accuracy was lost.
  public var drop: Double
  /// The lower end of the 95 % interval.
  public var lower: Double
  /// The upper end.
  public var upper: Double
  /// Samples that only the first network gets right.
  public var lost: Int
  /// Samples that only the second network gets right.
  public var gained: Int
  /// All samples.
  public var count: Int

  /// The quantile of the normal distribution for 95 % in the middle.
  private static let quantile = 1.959963984540054

  /// Compares right and wrong answers, sample by sample.
  /// - Throws: `PareError.usage` where the two were not measured on equally many samples, or on none.
  public init(before: [Bool], after: [Bool]) throws {
    guard before.count == after.count, !before.isEmpty else {
      throw PareError(
        .usage, "a drop is measured on the same samples, not on \(before.count) before and \(after.count) after")
    }
    count = before.count
    lost = zip(before, after).count { $0 && !$1 }
    gained = zip(before, after).count { !$0 && $1 }
    let n = Double(count)
    drop = Double(lost - gained) / n
    // The sum of d² is lost + gained.
    let variance = count > 1 ? max(0, (Double(lost + gained) - n * drop * drop) / (n - 1)) : 0
    let half = Self.quantile * (variance / n).squareRoot()
    lower = drop - half
    upper = drop + half
  }

  /// Compares two measurements on the same split.
  /// - Throws: `PareError.usage` where they do not belong to the same samples.
  public init(from before: Accuracy, to after: Accuracy) throws {
    try self.init(before: before.isCorrect, after: after.isCorrect)
  }
}
