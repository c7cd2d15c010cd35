/// How the numbers of a coupled channel, one or several in each layer, become one score.
public enum ScoreAggregation: String, Codable, Sendable, CaseIterable {
  /// Their sum: layers with larger filters weigh more.
  case sum
  /// Their mean.
  case mean
  /// The largest.
  case max

  /// The score for some numbers, 0 for none. Their order does not matter, to the last bit.
  func callAsFunction(_ numbers: [Double]) -> Double {
    guard !numbers.isEmpty else { return 0 }
    let sum = numbers.sorted().reduce(0, +)
    return switch self {
    case .sum: sum
    case .mean: sum / Double(numbers.count)
    case .max: numbers.max()!
    }
  }
}

/// What the scores of a group are divided by, so that those of different groups can be compared.
public enum ScoreNormalization: String, Codable, Sendable, CaseIterable {
  /// Nothing.
  case none
  /// Their mean.
  case mean
  /// The largest of them.
  case max
  /// Their sum: each score is the channel's share of its group.
  case sum

  /// The scores, normalised. Where the divisor is not above 0 they stay as they are.
  func callAsFunction(_ scores: [Double]) -> [Double] {
    let sum = scores.reduce(0, +)
    let divisor =
      switch self {
      case .none: 1.0
      case .mean: sum / Double(Swift.max(scores.count, 1))
      case .max: scores.max() ?? 1
      case .sum: sum
      }
    return divisor > 0 ? scores.map { $0 / divisor } : scores
  }
}
