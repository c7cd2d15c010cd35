import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Functions with steps and what training takes for their derivatives") struct StepFunctionTests {
  private static let points: [Float] = [-2, -1, -0.5, 0, 0.25, 1, 1.5]

  /// The result and the gradient by x of a function whose outputs are weighted by 1, 2, 3 and so on.
  private func run(
    _ function: (GraphBuilder, Value) throws -> Value
  ) throws -> (result: [Float], gradient: [Float]?) {
    let builder = GraphBuilder()
    let count = Self.points.count
    let x = builder.input("x", shape: [.fixed(count)])
    let y = try function(builder, x)
    let weights = builder.parameter("weights", Tensor((1...count).map { Float($0) }))
    try builder.output(
      builder.add(ReduceSum(axes: [], keepDimensions: false), builder.product(y, weights)), as: "loss")
    let graph = try builder.build().differentiated(loss: "loss", withRespectTo: ["x"])
    let values = try ReferenceEvaluation(of: graph.graph, inputs: ["x": Tensor(Self.points)], batch: 1).values
    return (values[y.name]!.floats, graph.gradients["x"].map { values[$0]!.floats })
  }

  @Test func signs() throws {
    let plain = try run { try $0.sign($1) }
    #expect(plain.result == [-1, -1, -1, 0, 1, 1, 1])
    #expect(plain.gradient == nil)
    #expect(try run { try $0.sign($1, surrogate: .identity) }.gradient == [1, 2, 3, 4, 5, 6, 7])
    #expect(try run { try $0.sign($1, surrogate: .clippedIdentity) }.gradient == [0, 2, 3, 4, 5, 6, 0])
    #expect(try run { try $0.sign($1, surrogate: .polynomial) }.gradient == [0, 0, 3, 8, 7.5, 0, 0])
  }

  @Test("a binary sign has no 0") func binarySigns() throws {
    let result = try run { try $0.binarySign($1) }
    #expect(result.result == [-1, -1, -1, 1, 1, 1, 1])
    #expect(result.gradient == [0, 2, 3, 4, 5, 6, 0])
    #expect(try run { try $0.binarySign($1, surrogate: .polynomial) }.gradient == [0, 0, 3, 8, 7.5, 0, 0])
  }

  @Test func roundings() throws {
    let plain = try run { try $0.rounded($1) }
    #expect(plain.result == [-2, -1, 0, 0, 0, 1, 2])
    #expect(plain.gradient == nil)
    #expect(try run { try $0.rounded($1, surrogate: .identity) }.gradient == [1, 2, 3, 4, 5, 6, 7])
    #expect(try run { try $0.roundedDown($1) }.result == [-2, -1, -1, 0, 0, 1, 1])
    #expect(try run { try $0.roundedUp($1) }.result == [-2, -1, 0, 0, 1, 1, 2])
    #expect(try run { try $0.roundedDown($1) }.gradient == nil)
  }

  @Test("the largest elements are selected, and the gradient reaches all of them") func selections() throws {
    let result = try run { try $0.topKMask($1, count: 3) }
    #expect(result.result == [0, 0, 0, 0, 1, 1, 1])
    #expect(result.gradient == [1, 2, 3, 4, 5, 6, 7])
    #expect(try run { try $0.topKMask($1, count: 3, surrogate: .none) }.gradient == nil)
  }

  @Test("a value in another one's place takes its gradient") func straightThrough() throws {
    let result = try run { try $0.straightThrough($0.squared($1), for: $1) }
    #expect(result.result == Self.points.map { $0 * $0 })
    #expect(result.gradient == [1, 2, 3, 4, 5, 6, 7])
    #expect(try run { try $0.sum($1, $0.detached($0.squared($1))) }.gradient == [1, 2, 3, 4, 5, 6, 7])
  }

  @Test("a value in another one's place has its shape") func shapes() {
    let facts = [[2], [3]].map { InputFact(ValueType(.float32, ValueShape(Shape($0)))) }
    #expect(throws: PareError.self) { try StraightThrough().outputTypes(for: facts) }
  }
}
