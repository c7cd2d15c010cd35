import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// 3x3 convolutions by Winograd's algorithm, forward and in both gradients.
@Suite(.serialized) struct WinogradConvolutionTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var batch = 2
    var inputs: Int
    var outputs: Int
    var height: Int
    var width: Int
    var pads = [1, 1, 1, 1]
    var form = "winograd"
    var testDescription: String { "\(batch)x\(inputs)x\(height)x\(width) to \(outputs), pads \(pads)" }
  }

  static let shapes = [
    Shape(inputs: 16, outputs: 16, height: 12, width: 12),
    Shape(batch: 5, inputs: 12, outputs: 8, height: 9, width: 11),
    Shape(batch: 3, inputs: 20, outputs: 33, height: 10, width: 13),
    Shape(inputs: 64, outputs: 64, height: 14, width: 14),
    Shape(batch: 4, inputs: 17, outputs: 12, height: 15, width: 8, pads: [0, 1, 1, 0]),
    Shape(batch: 4, inputs: 16, outputs: 24, height: 8, width: 8, pads: [2, 2, 2, 2]),
    Shape(batch: 4, inputs: 16, outputs: 24, height: 14, width: 14, pads: [0, 0, 0, 0]),
    // Few tiles and large weights, which the threads share.
    Shape(batch: 1, inputs: 96, outputs: 112, height: 15, width: 16),
    // Fewer still, and tiles of 2x2 results.
    Shape(batch: 1, inputs: 176, outputs: 184, height: 7, width: 8, form: "winograd:2x2"),
    Shape(batch: 3, inputs: 180, outputs: 170, height: 9, width: 6, pads: [0, 1, 1, 0], form: "winograd:2x2"),
  ]

  private func graph(_ shape: Shape, isFused: Bool) throws -> Graph {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(shape.inputs), .fixed(shape.height), .fixed(shape.width)])
    let weights = b.parameter("w", KernelCase.weights([shape.outputs, shape.inputs, 3, 3]))
    let window = SpatialWindow(kernel: [3, 3], pads: shape.pads)
    guard isFused else {
      try b.output(b.add(Convolution(window: window), x, weights), as: "y")
      return try b.build()
    }
    let bias = b.parameter("b", KernelCase.weights([shape.outputs], seed: 5))
    let y = try b.add(Convolution(window: window), x, weights, bias)
    let residual = b.input("r", shape: try b.shape(of: y))
    try b.output(b.relu(b.sum(y, residual)), as: "y")
    return try b.build()
  }

  private func run(
    _ graph: Graph, _ inputs: [String: Tensor], batch: Int, threads: Int, isExact: Bool = false
  ) throws -> (outputs: [String: Tensor], implementations: [String]) {
    let program = try Program(
      graph: graph, batch: batch, parameters: ParameterMemory(graph: graph),
      engine: Engine(threads: threads, isExact: isExact))
    return (try program.run(inputs), program.layers.filter { $0.macs > 0 }.map(\.implementation))
  }

  @Test(arguments: shapes, [1, 2])
  func agreesWithTheReference(shape: Shape, threads: Int) throws {
    for isFused in [false, true] {
      let graph = try graph(shape, isFused: isFused)
      var inputs = ["x": SampleTensors.normal([shape.batch, shape.inputs, shape.height, shape.width])]
      if isFused {
        inputs["r"] = SampleTensors.normal(graph.outputs[0].type.shape!.bound(toBatch: shape.batch), seed: 9)
      }
      let expected = try ReferenceEvaluation(of: graph, inputs: inputs, batch: shape.batch, double: true).values["y"]!
      let found = try run(graph, inputs, batch: shape.batch, threads: threads)
      #expect(found.implementations == [shape.form])
      #expect(Tolerance.relative(found.outputs["y"]!, expected) < Tolerance.float32)
      let exact = try run(graph, inputs, batch: shape.batch, threads: threads, isExact: true)
      #expect(!exact.implementations.contains { $0.hasPrefix("winograd") })
    }
  }

  @Test(arguments: shapes, [1, 2])
  func gradientsAgreeWithTheReference(shape: Shape, threads: Int) throws {
    let forward = try graph(shape, isFused: false)
    let builder = try GraphBuilder(extending: forward)
    let output = forward.outputs[0].type.shape!
    let product = try builder.product(Value("y"), builder.input("factors", shape: output))
    try builder.output(builder.add(ReduceSum(axes: [], keepDimensions: false), product), as: "loss")
    let gradient = try builder.build().differentiated(loss: "loss", withRespectTo: ["w", "x"])
    var wanted = gradient.graph
    for name in gradient.gradients.values.sorted() where !wanted.isOutput(name) {
      wanted.outputs.append(GraphPort(name, try wanted.facts()[name]!.type))
    }
    let inputs = [
      "x": SampleTensors.normal([shape.batch, shape.inputs, shape.height, shape.width]),
      "factors": SampleTensors.normal(output.bound(toBatch: shape.batch), seed: 4),
    ]
    let expected = try ReferenceEvaluation(of: wanted, inputs: inputs, batch: shape.batch, double: true).values
    let found = try run(wanted, inputs, batch: shape.batch, threads: threads)
    #expect(found.implementations.filter { $0 == shape.form }.count >= 2)
    for (target, name) in gradient.gradients {
      #expect(Tolerance.relative(found.outputs[name]!, expected[name]!) < Tolerance.float32, "gradient by \(target)")
    }
  }

  /// NaN stays NaN.
  @Test func whatIsNotANumberIsSeen() throws {
    let shape = Shape(inputs: 16, outputs: 16, height: 12, width: 12)
    var x = SampleTensors.normal([2, 16, 12, 12]).floats
    x[70] = .nan
    let found = try run(
      graph(shape, isFused: false), ["x": Tensor(x, shape: [2, 16, 12, 12])], batch: 2, threads: 1)
    #expect(found.outputs["y"]!.floats.contains { $0.isNaN })
  }
}
