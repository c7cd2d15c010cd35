import Graphs

/// What the loss would change by without a channel, to first order: s = mean over batches of (∂L/∂z)², where z is a gate
/// of 1 on the channel, aggregated over the layers that make a coupled channel.
///
/// Molchanov, Mallya, Tyree, Frosio, Kautz 2019, "Importance estimation for neural network pruning", equation 8, with
/// gates behind the batch normalisation, the best of the places that the paper compares. Squares are taken batch by
/// batch and then averaged; here the plain mean over all batches takes the place of the paper's running mean over a
/// training, and batch normalisation uses its running statistics. Weights that become zero while they are trained (the
/// schedules `agp` and `soft`) are judged by that running mean, with the paper's momentum of 0.9.
public struct TaylorExpansion: GradientCriterion, AccumulatingCriterion {
  /// `taylor`.
  public static let identifier = "taylor"
  /// For the help.
  public static let summary =
    "the channels that the loss depends on least, to first order, go first (Molchanov et al. 2019)"
  /// Changes of the loss are compared as they are.
  public static let normalization = ScoreNormalization.none

  /// Makes the criterion.
  public init() {}

  /// The square.
  public func contribution(of gradient: Double) -> Double { gradient * gradient }

  /// The running mean of the squares.
  public func accumulate(_ products: [Float], into evidence: inout [Float]) {
    for index in evidence.indices { evidence[index] = 0.9 * evidence[index] + 0.1 * products[index] * products[index] }
  }

  /// The squared gradients; 0 for a group that no layer makes.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    context.scores(for: group, from: context.evidence.numbers) ?? group.channels.map { _ in 0 }
  }

  /// The mean over batches of (w ∂L/∂w)², equation 7; 0 for weights that the loss does not depend on.
  public func weightScores(of weights: [Float], named name: String, given context: WeightContext) -> [Double] {
    context.evidence[name] ?? weights.map { _ in 0 }
  }
}
