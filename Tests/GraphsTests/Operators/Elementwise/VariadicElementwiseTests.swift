import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Sum, Min and Max") struct VariadicElementwiseTests {
  static let operators: [any Operator] = [Sum(), Min(), Max()]
  static let cases = operators.flatMap { op in
    [
      GradientCase("\(op.kind) of one", op, [SampleTensors.distinct([2, 3])]),
      GradientCase(
        "\(op.kind) of two", op, [SampleTensors.normal([2, 3]), SampleTensors.normal([2, 3], seed: 2)]),
      GradientCase(
        "\(op.kind) of three shapes", op,
        [
          SampleTensors.normal([2, 1, 4]), SampleTensors.normal([3, 1], seed: 2), SampleTensors.normal([], seed: 3),
        ]),
    ]
  }

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("equal extremes share the gradient") func ties() throws {
    let builder = GraphBuilder()
    let (a, b) = (builder.input("a", shape: [.fixed(2)]), builder.input("b", shape: [.fixed(2)]))
    try builder.output(builder.add(ReduceSum(axes: [], keepDimensions: false), builder.maximum([a, b])), as: "loss")
    let result = try builder.build().differentiated(loss: "loss", withRespectTo: ["a", "b"])
    let inputs = ["a": Tensor([Float(1), 5]), "b": Tensor([Float(1), 7])]
    let values = try ReferenceEvaluation(of: result.graph, inputs: inputs, batch: 1).values
    #expect(values[result.gradients["a"]!]?.floats == [0.5, 0])
    #expect(values[result.gradients["b"]!]?.floats == [0.5, 1])
  }

  @Test("NaN wins, wherever it stands", arguments: [Min() as any Operator, Max()]) func notANumber(op: any Operator)
    throws
  {
    let (nan, one) = (Tensor([Float.nan]), Tensor([Float(1)]))
    for inputs in [[nan, one, one], [one, nan, one], [one, one, nan]] {
      #expect(try op.evaluate(inputs, in: EvaluationContext(batch: 1))[0].floats[0].isNaN)
    }
  }

  @Test("inputs of two types are refused") func types() {
    let facts = [InputFact(ValueType(.float32, [])), InputFact(ValueType(.int64, []))]
    #expect(throws: PareError.self) { try Max().outputTypes(for: facts) }
  }
}
