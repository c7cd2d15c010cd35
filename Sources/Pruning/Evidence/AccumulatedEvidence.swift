import Engine
import Tensors
import Training

/// The evidence that a training gathers for a criterion.
final class AccumulatedEvidence: TrainingRecord {
  private let names: [String]
  private let criterion: any AccumulatingCriterion
  private var sums: [String: (shape: Shape, values: [Float])] = [:]
  /// What one update shows of one layer; kept for the next.
  private var products: [Float] = []

  init(for criterion: any AccumulatingCriterion, of names: [String]) {
    self.criterion = criterion
    self.names = names
  }

  var tensors: [String: Tensor] {
    get { sums.mapValues { Tensor($0.values, shape: $0.shape) } }
    set { sums = newValue.mapValues { ($0.shape, $0.floats) } }
  }

  /// The evidence as criteria read it.
  var evidence: [String: [Double]] { sums.mapValues { $0.values.map(Double.init) } }

  func observe(_ state: TrainingState, batches: Int) {
    let scale = 1 / Float(max(batches, 1))
    for name in names {
      let shape = state.memory.places[name]!.shape
      let weights = state.memory.pointer(to: name).assumingMemoryBound(to: Float.self)
      let gradients = state.gradientAddress(name).assumingMemoryBound(to: Float.self)
      products.removeAll(keepingCapacity: true)
      for index in 0..<shape.count { products.append(weights[index] * gradients[index] * scale) }
      criterion.accumulate(
        products, into: &sums[name, default: (shape, [Float](repeating: 0, count: shape.count))].values)
    }
  }
}
