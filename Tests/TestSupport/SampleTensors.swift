import Tensors

/// Small tensors with numbers that tests can rely on.
public enum SampleTensors {
  /// Normal random numbers, the same for the same seed.
  public static func normal(_ shape: Shape, seed: UInt64 = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    return .normal(shape, from: &random)
  }

  /// Distinct numbers in random order, 0.1 apart and never a multiple of 0.1: no ties, no kinks at round numbers.
  public static func distinct(_ shape: Shape, seed: UInt64 = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    let order = (0..<shape.count).shuffled(using: &random)
    return Tensor(order.map { Float($0 - shape.count / 2) * 0.1 + 0.03 }, shape: shape)
  }

  /// Numbers between 0.5 and 2.
  public static func positive(_ shape: Shape, seed: UInt64 = 1) -> Tensor {
    var random = RandomSource(seed: seed)
    return .uniform(shape, in: 0.5...2, from: &random)
  }
}
