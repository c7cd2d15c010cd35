import Graphs
import Tensors

/// How much a training moves a weight away from zero: s = −Σ w ∂L/∂w over its updates, so that weights go that shrink,
/// whatever their size.
///
/// Sanh, Wolf, Rush 2020, "Movement pruning: adaptive sparsity by fine-tuning", section 4, equation 4, without the rate that
/// is common to all weights. There scores are learned by a straight-through estimator, and weights that are masked come
/// back where their score rises; here a weight that the schedule `agp` set to zero stays so, as a zero weight adds nothing
/// to its score. The schedule `soft` is refused: weights that grow back from zero score high and those that stayed do not,
/// so that the two change places after each epoch.
public struct Movement: AccumulatingCriterion {
  /// `movement`.
  public static let identifier = "movement"
  /// For the help.
  public static let summary = "weights that a training moves towards zero go first (Sanh et al. 2020; weights only)"

  /// Makes the criterion.
  public init() {}

  /// Takes the products off.
  public func accumulate(_ products: [Float], into evidence: inout [Float]) {
    for index in evidence.indices { evidence[index] -= products[index] }
  }

  /// The sums; 0 for weights that no training has shown.
  public func weightScores(of weights: [Float], named name: String, given context: WeightContext) -> [Double] {
    context.evidence[name] ?? weights.map { _ in 0 }
  }

  /// Channels are not judged.
  /// - Throws: `PareError.usage`, always.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    throw PareError(
      .usage,
      "\(Self.identifier) judges weights while they are trained, not channels; give --sparsity with the schedule "
        + "agp, or choose another criterion")
  }
}
