import Graphs
import TestSupport
import Tensors

/// Networks that are quickly run by the reference evaluation.
enum SmallNetworks {
  /// x (3 channels of 8x8) -> first (4) -> ReLU -> second (6, stride 2) -> ReLU -> point (5, 1x1) -> third (8).
  static func chain() throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 1)
    var x = builder.imageInput("x", channels: 3, height: 8, width: 8)
    x = try builder.relu(builder.convolution(x, outputs: 4, kernel: 3, bias: true, initializer: he, name: "first"))
    x = try builder.relu(
      builder.convolution(x, outputs: 6, kernel: 3, stride: 2, bias: true, initializer: he, name: "second"))
    x = try builder.convolution(x, outputs: 5, kernel: 1, initializer: he, name: "point")
    x = try builder.convolution(x, outputs: 8, kernel: 3, initializer: he, name: "third")
    try builder.output(x, as: "y")
    return try builder.build()
  }

  /// One convolution of 5 channels of 9x7.
  static func single(
    _ weights: Tensor, window: SpatialWindow, groups: Int = 1, bias: Tensor? = nil
  ) throws -> Graph {
    let builder = GraphBuilder()
    let channels = weights.shape[1] * groups
    let x = builder.imageInput("x", channels: channels, height: 9, width: 7)
    let inputs =
      [x, builder.parameter("conv.weight", weights)] + (bias.map { [builder.parameter("conv.bias", $0)] } ?? [])
    let y = try builder.add(Convolution(window: window, groups: groups), inputs, name: "conv")[0]
    try builder.output(y, as: "y")
    return try builder.build()
  }

  /// The output for fixed random inputs, by the reference evaluation.
  static func output(of graph: Graph) throws -> Tensor {
    let shape = graph.inputs[0].type.shape!.bound(toBatch: 2)
    let input = SampleTensors.normal(shape, seed: 7)
    return try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: 2).values["y"]!
  }
}
