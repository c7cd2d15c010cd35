import Graphs
import Tensors

/// The size of a channel's scale in its batch normalisation: s = |γ|, aggregated over the normalisations of a coupled
/// channel; by default groups are compared by γ itself, not by γ over the group's mean, as a global threshold needs it.
///
/// Liu, Li, Shen, Huang, Yan, Zhang 2017, "Learning efficient convolutional networks through network slimming". Scales
/// tell channels apart where they were trained towards zero: see `ScalePenalty`. What a removed channel still passed on,
/// a constant of its shift β, is folded into the next layers' biases (`ChannelPruningConfiguration.foldsMeans`).
///
/// A group whose channels pass no batch normalisation is scored by `L1Norm`, normalised by its mean and by the mean |γ|
/// of the network, so that a global threshold can compare.
public struct NormalizationScale: PruningCriterion {
  /// `slimming`.
  public static let identifier = "slimming"
  /// For the help.
  public static let summary =
    "the smallest scales of batch normalisation go first; train with --scale-penalty before (Liu et al. 2017)"
  /// Scales are compared as they are.
  public static let normalization = ScoreNormalization.none

  /// Makes the criterion.
  public init() {}

  /// The scales' sizes.
  /// - Throws: `PareError.usage` where the network has no batch normalisation at all.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    guard !context.scales.isEmpty else {
      throw PareError(
        .usage,
        "the network has no batch normalisation, whose scales \(Self.identifier) compares; choose another criterion")
    }
    let slots = group.slots.filter { context.scales.contains($0.value) && $0.axis == 0 }
    guard slots.isEmpty else {
      return try context.sliceScores(for: group, along: slots) { slices in
        slices.map { $0.reduce(0) { $0 + Double(abs($1)) } }
      }
    }
    let all = context.scales.sorted().flatMap { context.graph.parameters[$0]!.tensor.floats }
    let mean = all.reduce(0) { $0 + Double(abs($1)) } / Double(max(all.count, 1))
    return ScoreNormalization.mean(try L1Norm().scores(for: group, given: context)).map { $0 * mean }
  }
}
