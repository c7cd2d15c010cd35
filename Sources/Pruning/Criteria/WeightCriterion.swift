import Graphs
import Tensors

/// What judges single weights, and by their mean blocks and kernels.
public protocol WeightScoring: Sendable {
  /// A score for each weight of a layer, in memory order; higher is more important. Scores of different layers are
  /// compared where the selection is global.
  func weightScores(of weights: [Float], named name: String, given context: WeightContext) -> [Double]
}

/// A criterion that also judges single weights.
///
/// One that adopts `GradientCriterion` too finds in the evidence, for each weight w, the mean over batches of
/// `contribution(of: w ∂L/∂w)`.
public protocol WeightCriterion: PruningCriterion, WeightScoring {}

/// What a criterion may look at when it judges weights.
public struct WeightContext: Sendable {
  /// The seed of random criteria.
  public let seed: UInt64
  /// What was measured of each weight, by the parameter's name.
  public let evidence: [String: [Double]]
  /// What the weights were before their training, by the parameter's name, where that is known.
  public let initial: [String: [Float]]

  /// Looks at weights.
  public init(seed: UInt64 = 0, evidence: [String: [Double]] = [:], initial: [String: [Float]] = [:]) {
    self.seed = seed
    self.evidence = evidence
    self.initial = initial
  }
}

extension PruningCriteria {
  /// The criteria that judge single weights.
  public static var forWeights: [any WeightCriterion.Type] { all.compactMap { $0 as? any WeightCriterion.Type } }

  /// The criterion for weights of a name.
  /// - Throws: `PareError.usage` for an unknown name and one that judges channels only, listing those that there are.
  public static func weightCriterion(named name: String) throws -> any WeightCriterion {
    let criterion = try named(name)
    guard let criterion = criterion as? any WeightCriterion else {
      let names = forWeights.map { $0.identifier }.joined(separator: ", ")
      throw PareError(.usage, "'\(name)' judges channels, not weights; choose one of \(names)")
    }
    return criterion
  }
}
