import Graphs

/// The sum of a filter's absolute weights: s = sum |w|, summed over the filters of a coupled channel and divided by the
/// group's mean.
///
/// Li, Kadav, Durdanovic, Samet, Graf 2017, "Pruning filters for efficient ConvNets", section 3.1. There only the first
/// layers of residual blocks are pruned, each by its own norms, or a block's last layer by the shortcut's; here a channel
/// of the residual stream is scored by all layers that write to it, and removed from all of them.
public struct L1Norm: WeightCriterion {
  /// `l1`.
  public static let identifier = "l1"
  /// For the help.
  public static let summary = "the smallest sums of absolute weights go first (Li et al. 2017)"

  /// Makes the criterion.
  public init() {}

  /// The normalised sums.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    try context.filterScores(for: group) { filter in filter.reduce(0) { $0 + Double(abs($1)) } }
  }

  /// The weights' sizes |w| (Han et al. 2015).
  public func weightScores(of weights: [Float], named name: String, given context: WeightContext) -> [Double] {
    weights.map { Double(abs($0)) }
  }
}
