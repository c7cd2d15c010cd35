import Graphs

/// How large a channel is where the next layers read it: the mean over samples and positions of |x|, aggregated over
/// the values that hold a coupled channel.
///
/// Molchanov, Tyree, Karras, Aila, Kautz 2017, "Pruning convolutional neural networks for resource efficient inference",
/// section 2.2 ("mean activation", there of rectified values, on which |x| is x).
public struct MeanActivation: ActivationCriterion {
  /// `activation`.
  public static let identifier = "activation"
  /// For the help.
  public static let summary = "the channels with the smallest mean activation go first (Molchanov et al. 2017)"

  /// Makes the criterion.
  public init() {}

  /// What convolutions and dense layers that mix channels read.
  public func values(in graph: Graph) throws -> Set<String> {
    Set(try graph.weightedLayers().filter { $0.axes.input != nil }.map { $0.node.inputs[0] })
  }

  /// The mean absolute value.
  public func statistic(of value: Value, over axes: [Int], in builder: GraphBuilder) throws -> Value {
    try builder.mean(builder.magnitude(value), axes: axes)
  }

  /// The normalised means; `L1Norm` for a group that no layer reads.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    try context.scores(for: group, from: context.evidence.numbers) ?? L1Norm().scores(for: group, given: context)
  }
}
