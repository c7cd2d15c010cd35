import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Add, Sub, Mul and Div") struct ElementwiseTests {
  static let operators: [any Operator] = [Add(), Sub(), Mul(), Div()]
  static let shapes: [(Shape, Shape)] = [
    ([2, 3], [2, 3]), ([2, 3, 4], [3, 1]), ([1], [2, 3]), ([2, 1], [1, 3]), ([2, 3], []), ([], [2]),
    ([2, 3, 2, 2], [1, 3, 1, 1]), ([1, 1], [1]),
  ]
  static let cases = operators.flatMap { op in
    shapes.map { a, b in
      GradientCase("\(op.kind) of \(a) and \(b)", op, [SampleTensors.normal(a), SampleTensors.positive(b, seed: 2)])
    }
  }

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("the same value on both sides gets both gradients") func square() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.fixed(3)])
    try builder.output(builder.add(ReduceSum(axes: [], keepDimensions: false), builder.product(x, x)), as: "loss")
    let result = try builder.build().differentiated(loss: "loss", withRespectTo: ["x"])
    let values = try ReferenceEvaluation(of: result.graph, inputs: ["x": Tensor([Float(1), -2, 3])], batch: 1).values
    #expect(values[result.gradients["x"]!]?.floats == [2, -4, 6])
  }

  @Test("shapes that do not broadcast are refused") func mismatch() {
    #expect(throws: PareError.self) { try Broadcasting.shape(ValueShape([2, 3]), ValueShape([2])) }
    #expect(throws: PareError.self) { try Broadcasting.shape(ValueShape([.batch]), ValueShape([.fixed(2)])) }
  }

  @Test("negatives of known integers are known") func negatives() {
    let fact = InputFact(ValueType(.int64, [.fixed(2)]), constant: Tensor([Int64(1), -2]))
    #expect(Neg().symbolicOutput(for: [fact]) == [.fixed(-1), .fixed(2)])
  }
}
