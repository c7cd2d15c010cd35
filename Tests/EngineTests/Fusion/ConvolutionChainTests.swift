import Graphs
import TestSupport
import Tensors
import Testing

@testable import Engine

/// Pointwise, depthwise and pointwise convolutions that run in bands of rows.
@Suite struct ConvolutionChainTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var batch = 2
    var height = 56
    var width = 56
    var kernel = 3
    var stride = 1
    var activation = FusedActivation.clip(0, 6)
    /// Whether a pointwise convolution follows the depthwise one, and the input is added to it.
    var isProjected = true
    var hasResidual = false
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "an inverted residual", hasResidual: true),
    Case(name: "one image", batch: 1, hasResidual: true),
    Case(name: "a step of two", stride: 2),
    Case(name: "before a squeeze-and-excite", kernel: 5, stride: 2, activation: .swish(1), isProjected: false),
    Case(name: "swish and a large kernel", kernel: 5, activation: .swish(1), hasResidual: true),
    Case(name: "rows of odd length", height: 54, width: 61, activation: .hardSwish, hasResidual: true),
  ]

  private static let (inputs, wide) = (8, 48)

  private func graph(_ test: Case, isWide: Bool = false) throws -> Graph {
    let b = GraphBuilder()
    let x = b.imageInput(channels: Self.inputs, height: test.height, width: test.width)
    func convolution(_ x: Value, _ name: String, _ window: SpatialWindow, _ shape: Shape, groups: Int = 1) throws
      -> Value
    {
      let y = try b.add(
        Convolution(window: window, groups: groups), x, b.parameter("\(name).w", KernelCase.weights(shape, seed: 3)),
        b.parameter("\(name).b", KernelCase.weights([shape[0]], seed: 5)))
      guard name != "project", let op = test.activation.op else { return y }
      return try b.add(op, y)
    }
    let pointwise = SpatialWindow(kernel: [1, 1])
    let (kernel, pad) = (test.kernel, test.kernel / 2)
    var y = try convolution(x, "expand", pointwise, [Self.wide, Self.inputs, 1, 1])
    if isWide { try b.output(y) }
    y = try convolution(
      y, "depthwise",
      SpatialWindow(
        kernel: [kernel, kernel], strides: [test.stride, test.stride], pads: [pad, pad, pad, pad]),
      [Self.wide, 1, kernel, kernel], groups: Self.wide)
    if test.isProjected { y = try convolution(y, "project", pointwise, [Self.inputs, Self.wide, 1, 1]) }
    if test.hasResidual { y = try b.relu(b.sum(y, x)) }
    try b.output(y, as: "y")
    return try b.build()
  }

  private func program(_ graph: Graph, _ test: Case, threads: Int) throws -> Program {
    try Program(
      graph: graph, batch: test.batch, parameters: ParameterMemory(graph: graph), engine: Engine(threads: threads))
  }

  private func input(_ test: Case) -> [String: Tensor] {
    ["input": SampleTensors.normal([test.batch, Self.inputs, test.height, test.width])]
  }

  @Test(arguments: cases, [1, 2, 3]) func agreesWithTheReference(test: Case, threads: Int) throws {
    let graph = try graph(test)
    let program = try program(graph, test, threads: threads)
    #expect(program.layers.filter { $0.macs > 0 }.map(\.op) == ["ConvChain"])
    #expect(program.layers.map(\.macs).reduce(0, +) == test.batch * (try graph.costs().macs))
    let expected = try ReferenceEvaluation(of: graph, inputs: input(test), batch: test.batch, double: true).values["y"]!
    for _ in 0..<2 {
      #expect(Tolerance.relative(try program.run(input(test))["y"]!, expected) < Tolerance.float32)
    }
  }

  /// The operator's own evaluation is that of its convolutions.
  @Test(arguments: cases) func theOperatorIsItsConvolutions(test: Case) throws {
    let graph = try graph(test)
    let chained = try ChainFusion(ConvolutionFusion().apply(to: SwishFusion().apply(to: graph))) { _ in false }
      .applied()
    #expect(chained.nodes.map { $0.op.kind } == ["ConvChain"])
    #expect(try chained.costs().macs == graph.costs().macs)
    let (a, b) = (
      try ReferenceEvaluation(of: graph, inputs: input(test), batch: test.batch, double: true).values["y"]!,
      try ReferenceEvaluation(of: chained, inputs: input(test), batch: test.batch, double: true).values["y"]!
    )
    #expect(Tolerance.relative(b, a) < 1e-6)
  }

  /// Depthwise and pointwise convolutions in turn, as in MobileNetV1: no convolution is in two chains.
  @Test(arguments: 2...5) func chainsDoNotOverlap(pairs: Int) throws {
    let b = GraphBuilder()
    let he = HeInitializer(seed: 2)
    var x = b.imageInput(channels: 32, height: 72, width: 72)
    for pair in 0..<pairs {
      for (kernel, groups) in [(3, 32), (1, 1)] {
        x = try b.relu(
          b.convolution(
            x, outputs: 32, kernel: kernel, groups: groups, bias: true, initializer: he, name: "c\(pair).\(kernel)"))
      }
    }
    try b.output(x, as: "y")
    let graph = try b.build()
    let program = try Program(
      graph: graph, batch: 2, parameters: ParameterMemory(graph: graph), engine: Engine(threads: 2))
    #expect(program.layers.filter { $0.op == "ConvChain" }.count == pairs / 2)
    let inputs = ["input": SampleTensors.normal([2, 32, 72, 72])]
    let expected = try ReferenceEvaluation(of: graph, inputs: inputs, batch: 2, double: true).values["y"]!
    #expect(Tolerance.relative(try program.run(inputs)["y"]!, expected) < Tolerance.float32)
  }

  /// Values that someone reads, weights that may run sparse and images that a cache holds stay apart.
  @Test func whatStaysApart() throws {
    let test = Self.cases[0]
    func kinds(_ graph: Graph, isSparse: Bool = false) throws -> [String] {
      try ChainFusion(ConvolutionFusion().apply(to: graph)) { _ in isSparse }.applied().nodes.map { $0.op.kind }
    }
    #expect(try kinds(graph(test)) == ["ConvChain"])
    #expect(try !kinds(graph(test, isWide: true)).contains("ConvChain"))
    #expect(try !kinds(graph(test), isSparse: true).contains("ConvChain"))
    var small = test
    (small.height, small.width) = (28, 28)
    #expect(try !kinds(graph(small)).contains("ConvChain"))
  }

  @Test(arguments: [(3, 1, 56), (3, 2, 56), (5, 1, 30), (5, 2, 53)], [20_000, 200_000])
  func bandsCoverTheImage(_ window: (kernel: Int, stride: Int, height: Int), bytes: Int) {
    let (kernel, stride, height) = window
    let pad = kernel / 2, out = (height + 2 * pad - kernel) / stride + 1
    let depthwise = Convolution(
      window: SpatialWindow(kernel: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad]), groups: 4)
    let bands = ChainBands(
      depthwise, input: [1, 4, height, 50], output: [1, 4, out, 50], images: 1, parts: 2, bytes: bytes)
    #expect(bands.rows * bands.count == out && bands.count >= 2)
    for band in 0..<bands.count {
      // The rows that results want, but for those beyond the image.
      let wanted = band * bands.rows * stride - pad..<((band + 1) * bands.rows - 1) * stride - pad + kernel
      #expect(bands.start(band) == wanted.lowerBound && bands.inputRows == wanted.count)
      #expect(bands.inside(band) == wanted.clamped(to: 0..<height))
    }
    #expect(bands.rows == 1 || (bands.inputRows + bands.rows) * 4 * 50 * 4 <= bytes)
  }
}
