import Graphs
import Tensors

@testable import Engine

/// A small network in any width: two convolutions with batch normalisation, a depthwise one, a hidden and a last layer.
/// Narrow ones have the parameter names of the wide one and the leading channels' shapes.
struct SlimmableNetwork {
  var channels: Int
  var kernel = 3
  /// The seed of its own parameters, which a sub-network must never read.
  var seed: UInt64 = 1

  static let batch = 5

  func graph() throws -> Graph {
    let b = GraphBuilder(name: "slimmable")
    var random = RandomSource(seed: seed, 9)
    func parameter(_ name: String, _ shape: Shape, around mean: Float = 0) -> Value {
      var tensor = Tensor.normal(shape, deviation: 0.3, from: &random)
      if mean != 0 { tensor = Tensor(tensor.floats.map { abs($0) + mean }, shape: shape) }
      return b.parameter(name, tensor)
    }
    func normalized(_ x: Value, _ name: String) throws -> Value {
      let values = [
        parameter("\(name).weight", [channels], around: 0.5), parameter("\(name).bias", [channels]),
        parameter("\(name).mean", [channels]), parameter("\(name).variance", [channels], around: 0.5),
      ]
      return try b.relu(b.add(BatchNormalization(), [x] + values)[0])
    }
    let around = Array(repeating: (kernel - 1) / 2, count: 4)
    let window = SpatialWindow(kernel: [kernel, kernel], pads: around)
    var x = b.input("x", shape: [.batch, .fixed(3), .fixed(6), .fixed(6)])
    x = try b.add(
      Convolution(window: window), [x, parameter("conv1.weight", [channels, 3, kernel, kernel])])[0]
    x = try normalized(x, "bn1")
    x = try b.add(
      Convolution(window: window, groups: channels),
      [x, parameter("depthwise.weight", [channels, 1, kernel, kernel]), parameter("depthwise.bias", [channels])])[0]
    x = try b.add(
      Convolution(window: SpatialWindow(kernel: [1, 1])), [x, parameter("conv2.weight", [channels, channels, 1, 1])])[0]
    x = try normalized(x, "bn2")
    x = try b.flattened(b.globalAveragePool(x))
    x = try b.add(
      Gemm(transposeB: true), [x, parameter("fc.weight", [4, channels]), parameter("fc.bias", [4])])[0]
    try b.output(x, as: "y")
    return try b.build()
  }

  /// The mean of the squared distance to the input "target", and its gradients.
  static func differentiated(_ graph: Graph) throws -> GradientGraph {
    let b = try GraphBuilder(extending: graph)
    let difference = try b.difference(Value("y"), b.input("target", shape: [.batch, .fixed(4)]))
    let loss = try b.add(ReduceMean(axes: [], keepDimensions: false), b.product(difference, difference))
    try b.output(loss, as: "loss")
    return try b.build().differentiated(loss: "loss", withRespectTo: graph.trainableParameters())
  }

  static func samples(seed: UInt64 = 4) -> [String: Tensor] {
    var random = RandomSource(seed: seed, 5)
    return [
      "x": .normal([batch, 3, 6, 6], from: &random), "target": .normal([batch, 4], from: &random),
    ]
  }
}
