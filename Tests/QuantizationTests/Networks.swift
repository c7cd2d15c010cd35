import Datasets
import Engine
import Graphs
import Tensors

@testable import Quantization

/// Small networks with fixed random weights, and samples for them.
enum Networks {
  /// relu(conv(h) + h) with h = relu(conv(x)), then the average and a dense layer.
  static func residual() throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 3, height: 8, width: 8)
    let h = try builder.relu(builder.convolution(x, outputs: 8, kernel: 3, initializer: HeInitializer(seed: 1)))
    let y = try builder.convolution(h, outputs: 8, kernel: 3, initializer: HeInitializer(seed: 2))
    let sum = try builder.relu(builder.add(Add(), y, h))
    return try head(sum, in: builder)
  }

  /// A depthwise and a pointwise convolution with Clip from 0 to 6 behind each.
  static func depthwise() throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 3, height: 8, width: 8)
    var h = try builder.convolution(x, outputs: 8, kernel: 3, initializer: HeInitializer(seed: 1))
    h = try builder.add(Clip(minimum: 0, maximum: 6), h)
    h = try builder.convolution(h, outputs: 8, kernel: 3, groups: 8, initializer: HeInitializer(seed: 2))
    h = try builder.add(Clip(minimum: 0, maximum: 6), h)
    return try head(builder.convolution(h, outputs: 8, kernel: 1, initializer: HeInitializer(seed: 3)), in: builder)
  }

  /// Two branches of one input, laid end to end and read by a convolution.
  static func concatenation() throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 3, height: 8, width: 8)
    let a = try builder.relu(builder.convolution(x, outputs: 4, kernel: 1, initializer: HeInitializer(seed: 1)))
    let b = try builder.relu(builder.convolution(x, outputs: 4, kernel: 3, initializer: HeInitializer(seed: 2)))
    let both = try builder.add(Concat(axis: 1), a, b)
    return try head(builder.convolution(both, outputs: 8, kernel: 3, initializer: HeInitializer(seed: 3)), in: builder)
  }

  /// The network of a name, for tests over all of them.
  static func named(_ name: String) throws -> Graph {
    switch name {
    case "residual": try residual()
    case "depthwise": try depthwise()
    default: try concatenation()
    }
  }

  private static func head(_ x: Value, in builder: GraphBuilder) throws -> Graph {
    let pooled = try builder.flattened(builder.globalAveragePool(x))
    try builder.output(builder.dense(pooled, outputs: 5, initializer: HeInitializer(seed: 9)), as: "logits")
    return try builder.build()
  }

  /// Uniform samples from -1 to 1.
  static func samples(_ count: Int = 16, seed: UInt64 = 3) throws -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor((0..<(count * 192)).map { _ in Float(random.uniform() * 2 - 1) }, shape: [count, 3, 8, 8])
  }

  /// A split of samples.
  static func split(_ samples: Tensor) -> Split {
    Split(name: "train", source: TensorRows(samples), classes: nil, labels: nil)
  }

  /// Quantizes a network on samples, random ones where none are given.
  static func quantized(
    _ graph: Graph, _ configuration: QuantizationConfiguration? = nil, samples given: Tensor? = nil
  ) throws -> (model: Model, report: QuantizationReport) {
    try StaticQuantization(configuration ?? QuantizationConfiguration()).compress(
      Model(graph), calibratingWith: split(given ?? samples()), engine: Engine(threads: 1))
  }
}
