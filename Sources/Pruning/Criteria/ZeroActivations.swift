import Graphs
import Tensors

/// How often a channel is not zero behind its rectifier: s = 1 − APoZ, the mean over samples and positions of
/// [relu(x) > 0], aggregated over the rectifiers of a coupled channel.
///
/// Hu, Peng, Tai, Tang 2016, "Network trimming", equation 1 (average percentage of zeros, APoZ). There channels beyond a
/// standard deviation of their layer's mean are cut; here the lowest go first, as many as the target asks for.
///
/// Rectifiers are Relu and Clip from 0 on. A group that passes none (the linear bottlenecks of MobileNetV2) is scored by
/// `L1Norm`.
public struct ZeroActivations: ActivationCriterion {
  /// `apoz`.
  public static let identifier = "apoz"
  /// For the help.
  public static let summary = "the channels that are most often zero behind their ReLU go first (Hu et al. 2016)"

  /// Makes the criterion.
  public init() {}

  /// What rectifiers give.
  /// - Throws: `PareError.usage` where there is none.
  public func values(in graph: Graph) throws -> Set<String> {
    let values = graph.nodes.filter { $0.op is Relu || ($0.op as? Clip)?.minimum == 0 }.map { $0.outputs[0] }
    guard !values.isEmpty else {
      throw PareError(
        .usage, "the network has no ReLU, whose zeros \(Self.identifier) counts; choose another criterion")
    }
    return Set(values)
  }

  /// The share of positive numbers.
  public func statistic(of value: Value, over axes: [Int], in builder: GraphBuilder) throws -> Value {
    try builder.mean(builder.sign(value), axes: axes)
  }

  /// The normalised shares.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    try context.scores(for: group, from: context.evidence.numbers) ?? L1Norm().scores(for: group, given: context)
  }
}
