import Graphs
import TestSupport
import Tensors
import Testing

@testable import Engine

/// Reshape, Transpose and Reshape as one shuffle of channels, forward and backward.
struct ShuffleFusionTests {
  /// A convolution, a shuffle, and a convolution in groups that reads it.
  private func network(groups: Int, channels: Int, showsSplit: Bool = false) throws -> Graph {
    let b = GraphBuilder()
    let he = HeInitializer(seed: 3)
    let x = b.imageInput("x", channels: 3, height: 6, width: 5)
    let y = try b.convolution(x, outputs: channels, kernel: 3, initializer: he, name: "first")
    let shape = try b.shape(of: y)
    let split = try b.add(
      Reshape(to: [shape[0], .fixed(groups), .fixed(channels / groups), shape[2], shape[3]]), y)
    let shuffled = try b.add(Reshape(to: shape), b.transposed(split, [0, 2, 1, 3, 4]))
    if showsSplit { try b.output(split, as: "split") }
    try b.output(
      b.convolution(shuffled, outputs: channels, kernel: 1, groups: groups, initializer: he, name: "last"), as: "y")
    return try b.build()
  }

  private func run(_ graph: Graph, _ options: ProgramOptions) throws -> (results: [String: Tensor], kinds: [String]) {
    let program = try Program(
      graph: graph, batch: 3, parameters: ParameterMemory(graph: graph), engine: Engine(threads: 2), options: options)
    return (try program.run(["x": SampleTensors.normal([3, 3, 6, 5], seed: 1)]), program.layers.map(\.op))
  }

  @Test(arguments: [(2, 8), (3, 24), (8, 24), (4, 16)])
  func outputsAndGradientsStay(groups: Int, channels: Int) throws {
    let network = try network(groups: groups, channels: channels)
    let b = try GraphBuilder(extending: network)
    try b.output(b.mean(b.product(Value("y"), Value("y")), axes: [0, 1, 2, 3]), as: "loss")
    let gradient = try b.build().differentiated(loss: "loss", withRespectTo: network.trainableParameters() + ["x"])
    var whole = gradient.graph
    for name in gradient.gradients.values.sorted() {
      whole.outputs.append(GraphPort(name, try whole.facts()[name]!.type))
    }
    for precision in [ProgramOptions.Precision.float32, .bfloat16] {
      let plain = try run(
        whole, ProgramOptions(fusesInference: false, precision: precision, isExact: true, fusesTraining: false))
      let fused = try run(whole, ProgramOptions(fusesInference: false, precision: precision, isExact: true))
      #expect(plain.kinds.filter { $0 == Transpose.kind }.count == 2)
      #expect(fused.kinds.filter { $0 == ChannelShuffle.kind }.count == 2)
      #expect(!fused.kinds.contains(Transpose.kind) && !fused.kinds.contains(Reshape.kind))
      #expect(fused.results == plain.results, "elements only move")
    }
  }

  @Test func bytesAreShuffledToo() throws {
    let b = GraphBuilder()
    let x = b.input("x", .uint8, shape: [.batch, .fixed(6), .fixed(4), .fixed(5)])
    let split = try b.add(Reshape(to: [.batch, .fixed(3), .fixed(2), .fixed(4), .fixed(5)]), x)
    let y = try b.add(
      Reshape(to: [.batch, .fixed(6), .fixed(4), .fixed(5)]), b.transposed(split, [0, 2, 1, 3, 4]))
    try b.output(y, as: "y")
    let graph = try b.build()
    let fused = try ShuffleFusion(graph).applied()
    #expect(fused.nodes.map { $0.op.kind } == [ChannelShuffle.kind])
    let bytes = Tensor((0..<240).map { UInt8($0) }, shape: [2, 6, 4, 5])
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": bytes], batch: 2).values["y"]!
    #expect(try ReferenceEvaluation(of: fused, inputs: ["x": bytes], batch: 2).values["y"]! == expected)
    let program = try Program(
      graph: graph, batch: 2, parameters: ParameterMemory(graph: graph), engine: Engine(threads: 1))
    #expect(try program.run(["x": bytes])["y"] == expected)
  }

  @Test func whatIsReadElsewhereOrMovesOtherAxesStays() throws {
    let shown = try network(groups: 2, channels: 8, showsSplit: true)
    #expect(try ShuffleFusion(shown).applied().nodes.map(\.op.kind) == shown.nodes.map(\.op.kind))
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(4), .fixed(4), .fixed(4)])
    let split = try b.add(Reshape(to: [.batch, .fixed(2), .fixed(2), .fixed(4), .fixed(4)]), x)
    let other = try b.add(
      Reshape(to: [.batch, .fixed(4), .fixed(4), .fixed(4)]), b.transposed(split, [0, 2, 1, 4, 3]))
    try b.output(other, as: "y")
    #expect(try ShuffleFusion(b.build()).applied().nodes.count == 3)
  }
}
