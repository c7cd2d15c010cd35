import Tensors

/// Passes its input on.
public struct Identity: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Identity"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// The input's elements, where they are known.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? { inputs[0]?.integerDimensions }

  /// The input.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] { [inputs[0]!] }

  /// dx = dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] { [call.gradient] }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    coupling.tieElementwise(call)
  }
}
