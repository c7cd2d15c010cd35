import Engine
import Tensors

/// What is gathered over a training beside the network, such as the evidence of a criterion of pruning. Checkpoints hold
/// it, so that a training that was killed and resumed gathers the same as one that was not.
public protocol TrainingRecord: AnyObject {
  /// What was gathered so far, by names of the record's own. Set where a training is resumed.
  var tensors: [String: Tensor] { get set }

  /// Looks at the state before an update: the weights that the gradients belong to are still there.
  /// - Parameter batches: the batches that the gradients are summed over.
  func observe(_ state: TrainingState, batches: Int)
}
