import Engine
import Tensors

/// Which weights are zero at a point of a training that makes them so: what `SparseTraining` asks on its way.
protocol MaskRule: Sendable {
  /// What the training has to show of the weights for it; nil: nothing. A new one for each training.
  func evidence() -> AccumulatedEvidence?

  /// The masks at a sparsity.
  /// - Parameters:
  ///   - masked: what is zero and stays so: it counts towards the sparsity before all else.
  ///   - evidence: what the training has shown so far.
  ///   - state: the training, whose weights are judged.
  /// - Throws: `PareError.badInput` where a weight or a score is no finite number, and what measuring throws.
  func masks(
    sparsity: Double, masked: [String: Tensor], given evidence: [String: [Double]], in state: TrainingState
  ) throws -> WeightMasks
}
