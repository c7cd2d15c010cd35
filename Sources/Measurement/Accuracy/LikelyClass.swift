import Tensors
import func Foundation.exp

/// A class that a network takes a sample for.
public struct LikelyClass: Codable, Sendable, Equatable {
  /// The class's number.
  public var index: Int
  /// Its name; nil where names are unknown.
  public var label: String?
  /// Its probability: the softmax of the scores.
  public var probability: Double

  /// The likeliest classes of one sample, best first; of equal scores the first class.
  ///
  /// - Parameters:
  ///   - scores: classes in a row, further axes of extent 1. Scores that are not numbers come last.
  ///   - labels: the names of the classes; used where there are as many.
  public static func top(
    _ count: Int = 5, of scores: Tensor, form: ClassScores.Form, labels: [String]? = nil
  ) -> [LikelyClass] {
    let values = scores.doubles.map { $0.isNaN ? -Double.infinity : $0 }
    let best = values.max() ?? 0
    let weights = form == .probabilities ? values : values.map { exp($0 - best) }
    let total = form == .logits ? max(weights.reduce(0, +), .leastNonzeroMagnitude) : 1
    let scale = form == .logProbabilities ? exp(best) : 1 / total
    let order = values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1] }
    return order.prefix(count).map { index in
      let label = labels.flatMap { $0.count == values.count ? $0[index] : nil }
      return LikelyClass(index: index, label: label, probability: weights[index] * scale)
    }
  }
}
