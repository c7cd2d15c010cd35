import Tensors

/// The criteria there are; a new one is a file and a line here.
public enum PruningCriteria {
  /// Every criterion, in the order of the documentation.
  public static let all: [any PruningCriterion.Type] = [
    L1Norm.self, L2Norm.self, GroupNorm.self, GeometricMedian.self, NormalizationScale.self,
    ZeroActivations.self, MeanActivation.self, TaylorExpansion.self, Movement.self, RandomScores.self,
  ]

  /// The criterion of a name.
  /// - Throws: `PareError.usage` for an unknown name, listing those there are.
  public static func named(_ name: String) throws -> any PruningCriterion {
    guard let type = all.first(where: { $0.identifier == name }) else {
      let names = all.map { $0.identifier }.joined(separator: ", ")
      throw PareError(.usage, "there is no pruning criterion '\(name)'; choose one of \(names)")
    }
    return type.init()
  }
}
