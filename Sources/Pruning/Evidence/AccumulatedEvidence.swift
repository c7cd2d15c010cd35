import Engine
import Tensors
import Training

/// The evidence that a training gathers for a criterion.
final class AccumulatedEvidence: TrainingRecord {
  private let names: [String]
  private let criterion: any AccumulatingCriterion
  var tensors: [String: Tensor] = [:]

  init(for criterion: any AccumulatingCriterion, of names: [String]) {
    self.criterion = criterion
    self.names = names
  }

  /// The evidence as criteria read it.
  var evidence: [String: [Double]] { tensors.mapValues(\.doubles) }

  func observe(_ state: TrainingState, batches: Int) throws {
    let scale = 1 / Float(max(batches, 1))
    for name in names {
      let (weights, gradients) = (state.memory.tensor(name), state.gradient(name).floats)
      let products = zip(weights.floats, gradients).map { $0 * $1 * scale }
      var evidence = tensors[name]?.floats ?? [Float](repeating: 0, count: products.count)
      criterion.accumulate(products, into: &evidence)
      tensors[name] = Tensor(evidence, shape: weights.shape)
    }
  }
}
