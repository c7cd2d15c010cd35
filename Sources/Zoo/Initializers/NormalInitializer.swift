import Graphs
import Tensors

/// Normal numbers of one standard deviation, whatever the size of the layer: 0.01 in most classifiers.
struct NormalInitializer: WeightInitializer {
  /// The seed of the random numbers.
  var seed: UInt64
  /// The standard deviation.
  var deviation: Double

  func weights(_ shape: Shape, name: String) -> Tensor {
    var random = RandomSource(seed: seed, name: name)
    return .normal(shape, deviation: deviation, from: &random)
  }
}
