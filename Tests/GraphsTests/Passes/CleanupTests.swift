import Graphs
import Tensors
import Testing

@Suite("Clean-up passes")
struct CleanupTests {
  @Test("shape arithmetic, constants, identities and dead nodes go; the result stays")
  func everything() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2), .fixed(3)])
    let two = builder.parameter("two", Tensor(scalar: Float(2)))
    let bias = try builder.product(builder.parameter("bias", Tensor([Float(1), 2, 3])), two)
    // The extent of the last axis, as a number that is added.
    let extents = try builder.gathered(
      builder.add(ShapeOf(), x), builder.parameter("last", Tensor([Int64(2)])))
    let extent = try builder.cast(extents, to: .float32)
    var y = try builder.sum(builder.add(Identity(), x), bias)
    y = try builder.sum(y, extent)
    y = try builder.add(Reshape(to: [.batch, .fixed(2), .fixed(3)]), y)
    _ = try builder.relu(y)
    try builder.output(builder.add(Identity(), y), as: "y")
    let graph = try builder.build()
    let clean = try graph.applying(StandardCleanup())
    #expect(clean.nodes.map(\.op.kind) == ["Add", "Add"])
    #expect(clean.inputs == graph.inputs && clean.outputs == graph.outputs)
    let input = ["x": Tensor((0..<12).map { Float($0) }, shape: [2, 2, 3])]
    let before = try ReferenceEvaluation(of: graph, inputs: input, batch: 2).values["y"]
    let after = try ReferenceEvaluation(of: clean, inputs: input, batch: 2).values["y"]
    #expect(before == after)
  }

  @Test("keeps unused inputs, dropout, dequantized weights and outputs that pass an input on")
  func keeps() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2)])
    _ = builder.input("unused", shape: [.batch])
    let scale = builder.parameter("scale", Tensor(scalar: Float(0.1)))
    let weights = try builder.dequantized(builder.parameter("w", Tensor([Int8(1), 2])), scale: scale)
    try builder.output(builder.sum(x, weights), as: "sum")
    try builder.output(builder.add(Identity(), x), as: "copy")
    let clean = try builder.build().applying(StandardCleanup())
    #expect(clean.nodes.map(\.op.kind) == ["DequantizeLinear", "Add", "Identity"])
    #expect(clean.inputs.map(\.name) == ["x", "unused"])
  }

  @Test("chains of identities between two outputs")
  func chains() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2)])
    let y = try builder.add(Identity(), builder.add(Identity(), builder.relu(x)))
    try builder.output(y, as: "first")
    try builder.output(builder.add(Identity(), Value("first")), as: "second")
    let graph = try builder.build()
    let clean = try graph.applying(StandardCleanup())
    #expect(clean.outputs == graph.outputs)
    #expect(clean.nodes.count == 2)
    let input = ["x": Tensor([Float(-1), 2], shape: [1, 2])]
    let values = try ReferenceEvaluation(of: clean, inputs: input, batch: 1).values
    #expect(values["first"]?.floats == [0, 2] && values["second"]?.floats == [0, 2])
  }
}
