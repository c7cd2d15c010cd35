import Graphs

/// A filter's Euclidean norm: s = sqrt(sum w²), summed over the filters of a coupled channel and divided by the group's
/// mean.
///
/// He, Kang, Dong, Fu, Yang 2018, "Soft filter pruning for accelerating deep convolutional neural networks", section 3.2.
public struct L2Norm: WeightCriterion {
  /// `l2`.
  public static let identifier = "l2"
  /// For the help.
  public static let summary = "the smallest Euclidean norms go first (He et al. 2018)"

  /// Makes the criterion.
  public init() {}

  /// The normalised norms.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    try context.filterScores(for: group) { filter in
      filter.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
  }

  /// The weights' squares w².
  public func weightScores(of weights: [Float], named name: String, given context: WeightContext) -> [Double] {
    weights.map { Double($0) * Double($0) }
  }
}
