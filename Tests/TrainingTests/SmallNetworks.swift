import Datasets
import Graphs
import Tensors
import TestSupport

/// Networks and data that train in a moment.
enum SmallNetworks {
  /// The data of `Scripts/reference/training.py`: x[n, f] = ((7 n + 3 f) mod 11) / 11, label n mod 3.
  static func referenceSplit() -> Split {
    let x = (0..<32).map { remainder(7, $0 / 4, 3, $0 % 4, by: 11) }
    return ArraySamples.split(Tensor(x, shape: [8, 4]), labels: (0..<8).map { $0 % 3 }, classes: 3)
  }

  /// ((a i + b j) mod m) / m.
  private static func remainder(_ a: Int, _ i: Int, _ b: Int, _ j: Int, by m: Int) -> Float {
    let sum = a * i + b * j
    return Float(sum % m) / Float(m)
  }

  /// The layer of `Scripts/reference/training.py`: w[c, f] = ((5 c + 2 f) mod 7) / 7 - 0.4, bias 0.
  static func referenceLayer(softmax: Bool = false) throws -> Model {
    let builder = GraphBuilder()
    let x = builder.input("input", shape: [.batch, .fixed(4)])
    let w = (0..<12).map { remainder(5, $0 / 4, 2, $0 % 4, by: 7) - 0.4 }
    let weights = builder.parameter("fc.weight", Tensor(w, shape: [3, 4]))
    let bias = builder.parameter("fc.bias", Tensor(zeros: [3]))
    var y = try builder.add(Gemm(transposeB: true), x, weights, bias)
    if softmax { y = try builder.softmax(y) }
    try builder.output(y, as: "scores")
    return Model(try builder.build())
  }

  /// A perceptron for the built-in digits.
  static func digitsPerceptron(hidden: Int = 64) throws -> Model {
    let builder = GraphBuilder()
    let x = try builder.flattened(builder.imageInput(channels: 1, height: 8, width: 8))
    let inner = try builder.relu(
      builder.dense(x, outputs: hidden, initializer: HeInitializer(fan: .input), name: "fc1"))
    try builder.output(
      builder.dense(inner, outputs: 10, initializer: HeInitializer(fan: .input), name: "fc2"), as: "logits")
    return Model(try builder.build())
  }

  /// A small convolutional network with batch normalisation, for the built-in digits.
  static func digitsConvolutions() throws -> Model {
    let builder = GraphBuilder()
    var x = builder.imageInput(channels: 1, height: 8, width: 8)
    for (index, channels) in [8, 16].enumerated() {
      x = try builder.convolution(
        x, outputs: channels, kernel: 3, stride: index + 1, padding: 1, bias: false,
        initializer: HeInitializer(), name: "conv\(index)")
      x = try builder.relu(builder.batchNormalization(x, name: "bn\(index)"))
    }
    let pooled = try builder.flattened(builder.globalAveragePool(x))
    try builder.output(builder.dense(pooled, outputs: 10, initializer: HeInitializer(), name: "fc"), as: "logits")
    return Model(try builder.build())
  }

  /// A network for the built-in digits with a residual branch that training drops for half of the samples, and dropout.
  static func digitsRandom() throws -> Model {
    let builder = GraphBuilder()
    let image = builder.imageInput(channels: 1, height: 8, width: 8)
    let x = try builder.relu(
      builder.convolution(image, outputs: 8, kernel: 3, stride: 2, initializer: HeInitializer(), name: "stem"))
    let branch = try builder.convolution(x, outputs: 8, kernel: 3, initializer: HeInitializer(), name: "branch")
    let y = try builder.sum(x, builder.stochasticDepth(builder.relu(branch), ratio: 0.5))
    let kept = try builder.dropout(builder.flattened(y), ratio: 0.2)
    try builder.output(builder.dense(kept, outputs: 10, initializer: HeInitializer(), name: "fc"), as: "logits")
    return Model(try builder.build())
  }
}
