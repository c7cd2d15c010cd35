import Graphs
import Tensors

/// Numbers uniform between -1/sqrt(fan) and 1/sqrt(fan) for a dense layer of so many inputs or outputs.
struct UniformInitializer: WeightInitializer {
  /// The seed of the random numbers.
  var seed: UInt64
  /// Which connections are counted.
  var fan: HeInitializer.Fan

  func weights(_ shape: Shape, name: String) -> Tensor {
    let bound = 1 / Double(max(fan == .input ? shape[1] : shape[0], 1)).squareRoot()
    var random = RandomSource(seed: seed, name: name)
    return .uniform(shape, in: -bound...bound, from: &random)
  }
}
