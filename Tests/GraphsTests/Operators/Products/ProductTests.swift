import Graphs
import Tensors
import TestSupport
import Testing

private func normal(_ shape: Shape, _ seed: UInt64) -> Tensor { SampleTensors.normal(shape, seed: seed) }

@Suite("Gemm and MatMul") struct ProductTests {
  static let gemms = [(false, false), (false, true), (true, false), (true, true)].flatMap { a, b in
    [Shape([5]), [3, 1], [3, 5], [], [1, 5]].map { bias in
      GradientCase(
        "Gemm, transposed \(a) \(b), bias \(bias)",
        Gemm(alpha: 0.5, beta: 1.5, transposeA: a, transposeB: b),
        [normal(a ? [4, 3] : [3, 4], 1), normal(b ? [5, 4] : [4, 5], 2), normal(bias, 3)])
    }
  }
  static let products: [GradientCase] = [
    ([2, 3], [3, 4]), ([3], [3, 4]), ([2, 3], [3]), ([3], [3]), ([2, 2, 3], [3, 4]), ([2, 3], [4, 3, 2]),
    ([2, 1, 2, 3], [3, 3, 2]), ([3], [2, 3, 2]), ([2, 4, 3], [3]), ([1, 2, 2], [3, 2, 1]),
  ].map { (shapes: (Shape, Shape)) in
    GradientCase("MatMul of \(shapes.0) and \(shapes.1)", MatMul(), [normal(shapes.0, 1), normal(shapes.1, 2)])
  }
  static let others = [
    GradientCase("Gemm without bias", Gemm(transposeB: true), [normal([1, 3], 1), normal([2, 3], 2)]),
    GradientCase(
      "Gemm with batch axis", Gemm(transposeB: true), [normal([3, 4], 1), normal([2, 4], 2), normal([2], 3)],
      shapes: [0: [.batch, .fixed(4)]], batch: 3),
    GradientCase(
      "MatMul with batch axis", MatMul(), [normal([3, 2, 4], 1), normal([4, 2], 2)],
      shapes: [0: [.batch, .fixed(2), .fixed(4)]], batch: 3),
  ]

  @Test(arguments: gemms + products + others) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("multiply-accumulates") func macs() {
    #expect(Gemm(transposeB: true).macs(inputs: [[2, 3], [5, 3]], outputs: [[2, 5]]) == 30)
    #expect(Gemm(transposeA: true).macs(inputs: [[3, 2], [3, 5]], outputs: [[2, 5]]) == 30)
    #expect(MatMul().macs(inputs: [[4, 2, 3], [3, 5]], outputs: [[4, 2, 5]]) == 120)
  }

  @Test("shapes that do not multiply are refused") func mismatch() {
    let a = InputFact(ValueType(.float32, [.batch, .fixed(3)]))
    let b = InputFact(ValueType(.float32, [.fixed(4), .fixed(5)]))
    #expect(throws: PareError.self) { try Gemm().outputTypes(for: [a, b]) }
    #expect(throws: PareError.self) { try MatMul().outputTypes(for: [a, b]) }
  }

  /// x -> hidden (4) -> relu -> y, where hidden channel 2 sends nothing on.
  private func network(gemm: Bool) throws -> Graph {
    var second = normal([4, 3], 6).floats
    for index in 6..<9 { second[index] = 0 }
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2)])
    let w1 = builder.parameter("w1", normal([2, 4], 5))
    let w2 = builder.parameter("w2", Tensor(second, shape: [4, 3]))
    let bias = builder.parameter("bias", normal([4], 7))
    let hidden =
      gemm ? try builder.add(Gemm(), x, w1, bias) : try builder.sum(builder.matrixProduct(x, w1), bias)
    let active = try builder.relu(hidden)
    try builder.output(gemm ? builder.add(Gemm(), active, w2) : builder.matrixProduct(active, w2), as: "y")
    return try builder.build()
  }

  @Test("removing a hidden channel that sends nothing on changes nothing", arguments: [true, false])
  func removal(gemm: Bool) throws {
    let graph = try network(gemm: gemm)
    let coupling = try graph.channelCoupling()
    let idle = try #require(
      coupling.sets().first { set in set.members.contains { $0.slot == Slot("w2", 0) && $0.index == 2 } })
    #expect(idle.blocked == nil)
    let smaller = try graph.removing([idle])
    #expect(smaller.parameters["w1"]?.shape == [2, 3])
    #expect(smaller.parameters["bias"]?.shape == [3])
    #expect(smaller.parameters["w2"]?.shape == [3, 3])
    let x = normal([2, 2], 9)
    let before = try ReferenceEvaluation(of: graph, inputs: ["x": x], batch: 2).values["y"]
    let after = try ReferenceEvaluation(of: smaller, inputs: ["x": x], batch: 2).values["y"]
    #expect(before == after)
  }

  @Test("a dense layer's hidden channels form one removable group") func denseGroup() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2)])
    let hidden = try builder.relu(builder.dense(x, outputs: 4, initializer: HeInitializer(), name: "a"))
    try builder.output(builder.dense(hidden, outputs: 3, initializer: HeInitializer(), name: "b"), as: "y")
    let groups = try builder.build().removableChannelGroups().groups
    #expect(groups.map(\.name) == ["a.weight"])
    #expect(groups.first?.channels.count == 4)
    #expect(groups.first?.slots.isSuperset(of: [Slot("a.weight", 0), Slot("a.bias", 0), Slot("b.weight", 1)]) == true)
  }
}
