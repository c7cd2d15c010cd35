import Foundation
import Tensors

/// When weights become zero.
public enum SparsitySchedule: String, Codable, Sendable, CaseIterable {
  /// All at once, then fine-tuning.
  case oneShot = "one-shot"
  /// In rounds, each followed by its part of the fine-tuning: what is left shrinks by the same factor each round.
  case iterative
  /// During one training, quickly at first and ever slower: Zhu and Gupta 2017, "To prune, or not to prune".
  case agp
  /// After each epoch of one training, the next of which trains them again; for good after the last: He, Kang, Dong, Fu,
  /// Yang 2018, "Soft filter pruning". There filters are pruned, here whatever the granularity says; the moments of
  /// weights that are set to zero start from zero.
  case soft

  /// Whether weights become zero within one training.
  public var isWithinTraining: Bool { self == .agp || self == .soft }

  /// One line for the help.
  public var summary: String {
    switch self {
    case .oneShot: "all at once, then training"
    case .iterative: "in rounds of pruning and training"
    case .agp: "growing during one training, the cubic way of Zhu and Gupta"
    case .soft: "after each epoch, and trained again until the last"
    }
  }

  /// The sparsity after each round of the iterative schedule: 1 − (1 − s)^(i / n) for i = 1 ... n, the last exactly s.
  static func rounds(_ count: Int, to sparsity: Double) -> [Double] {
    (1...count).map { $0 == count ? sparsity : 1 - pow(1 - sparsity, Double($0) / Double(count)) }
  }

  /// The sparsity at a step of the gradual schedule: s_t = s_f + (s_i − s_f) (1 − t/n)³ with s_i = 0, at step t of n;
  /// exactly s_f from step n on.
  static func gradual(step: Int, of count: Int, to sparsity: Double) -> Double {
    guard step < count else { return sparsity }
    let left = 1 - Double(step) / Double(count)
    return sparsity * (1 - left * left * left)
  }
}
