import Graphs
import TestSupport
import Tensors

@testable import Pruning

/// Networks that are quickly run by the reference evaluation.
enum SmallNetworks {
  /// x -> a (4 channels) -> ReLU -> b (6) -> ReLU -> mean -> dense to 3 scores.
  static func chain(outputs first: Int = 4, _ second: Int = 6) throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 1)
    let x = builder.imageInput("x", channels: 2, height: 6, width: 6)
    let a = try builder.relu(
      builder.convolution(x, outputs: first, kernel: 3, bias: true, initializer: he, name: "a"))
    let b = try builder.relu(
      builder.convolution(a, outputs: second, kernel: 3, bias: true, initializer: he, name: "b"))
    let pooled = try builder.flattened(builder.globalAveragePool(b))
    try builder.output(builder.dense(pooled, outputs: 3, initializer: he, name: "fc"), as: "y")
    return randomized(try builder.build())
  }

  /// A residual block whose shortcut takes every second pixel and pads two channels on either side (option A), then a
  /// depthwise convolution, then flattened features in a dense layer.
  static func residual() throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput("x", channels: 3, height: 6, width: 6)
    let stem = try builder.relu(builder.convolution(input, outputs: 4, kernel: 3, initializer: he, name: "stem"))
    var x = try builder.convolution(stem, outputs: 8, kernel: 3, stride: 2, initializer: he, name: "first")
    x = try builder.relu(builder.batchNormalization(x, name: "first_bn"))
    x = try builder.convolution(x, outputs: 8, kernel: 3, initializer: he, name: "second")
    x = try builder.batchNormalization(x, name: "second_bn")
    let rows = try builder.slice(stem, axis: 2, step: 2)
    let shortcut = try builder.padded(builder.slice(rows, axis: 3, step: 2), axis: 1, before: 2, after: 2)
    x = try builder.relu(builder.sum(x, shortcut))
    x = try builder.convolution(x, outputs: 8, kernel: 3, groups: 8, initializer: he, name: "depthwise")
    try builder.output(builder.dense(builder.flattened(x), outputs: 5, initializer: he, name: "head"), as: "y")
    return randomized(try builder.build())
  }

  /// The graph with every parameter random, scales and variances positive.
  static func randomized(_ graph: Graph) -> Graph {
    var result = graph
    for (number, name) in graph.parameters.keys.enumerated() {
      let parameter = graph.parameters[name]!
      guard parameter.dataType == .float32, parameter.shape.rank > 0 else { continue }
      let values = SampleTensors.positive(parameter.shape, seed: UInt64(number))
      let shift: Float = parameter.shape.rank > 1 ? 1.2 : 0
      result.parameters[name] = .dense(Tensor(values.floats.map { $0 - shift }, shape: parameter.shape))
    }
    return result
  }

  /// What a network with the input `x` and the output `y` gives.
  static func output(of graph: Graph, for x: Tensor) throws -> Tensor {
    try ReferenceEvaluation(of: graph, inputs: ["x": x], batch: x.shape[0]).values["y"]!
  }

  /// A network's groups, ranked.
  static func groups(
    of graph: Graph, by criterion: any PruningCriterion = L1Norm(), seed: UInt64 = 0, ignore: [String] = []
  ) throws -> PrunableGroups {
    try PrunableGroups(rankedBy: criterion, in: PruningContext(graph, seed: seed), ignore: ignore)
  }
}
