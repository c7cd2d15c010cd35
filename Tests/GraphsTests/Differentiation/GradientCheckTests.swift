import Graphs
import Tensors
import TestSupport
import Testing

/// A rectifier whose gradient rule is wrong by the factor given.
private struct BentRelu: Differentiable {
  static let kind = "BentRelu"
  var factor: Float

  func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }
  func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    try Relu().evaluate(inputs, in: context)
  }
  func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.scaled(builder.add(ReluGradient(), call.gradient, call.outputs[0]), by: factor)]
  }
}

/// A sum that forgets the gradient of one input.
private struct ForgetfulAdd: Differentiable {
  static let kind = "ForgetfulAdd"

  func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Add().outputTypes(for: inputs) }
  func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    try Add().evaluate(inputs, in: context)
  }
  func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] { [call.gradient, nil] }
}

@Suite("The gradient check finds wrong rules") struct GradientCheckTests {
  private let x = SampleTensors.distinct([2, 3])

  @Test("a right rule passes") func right() throws {
    #expect(try GradientCheck(BentRelu(factor: 1), [x], wanted: [0]).mismatches().isEmpty)
  }

  @Test("a rule that is off by a hundred-thousandth fails") func slightlyWrong() throws {
    #expect(try !GradientCheck(BentRelu(factor: 1.00001), [x], wanted: [0]).mismatches().isEmpty)
  }

  @Test("a gradient that is missing is reported") func missing() throws {
    #expect(try GradientCheck(ForgetfulAdd(), [x, x], wanted: [0, 1]).mismatches() == ["x1 has no gradient"])
  }
}
