import Tensors

/// The square root; NaN for negative numbers.
public struct Sqrt: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Sqrt"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// The root of every element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements { $0.squareRoot() }]
  }

  /// dx = dy / (2 y).
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.scaled(builder.quotient(call.gradient, call.outputs[0]), by: 0.5)]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}
