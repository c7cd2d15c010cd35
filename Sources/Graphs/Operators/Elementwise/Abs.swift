import Tensors

/// The magnitude of every element.
public struct Abs: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Abs"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// |x| element by element; integers wrap around.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements(floats: { abs($0) }, integers: { $0 < 0 ? 0 &- $0 : $0 })]
  }

  /// dx = dy with the sign of x, 0 at 0.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(AbsGradient(), call.gradient, call.inputs[0])]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// The gradient of `Abs`: inputs dy and x; dx = dy where x > 0, -dy where x < 0, 0 at 0.
public struct AbsGradient: Operator {
  /// The operation's name.
  public static let kind = "AbsGradient"

  /// Makes the operator.
  public init() {}

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dx = dy where x > 0, -dy where x < 0, 0 at 0.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.zipElements(with: inputs[1]!) { $1 > 0 ? $0 : $1 < 0 ? -$0 : 0 }]
  }
}

extension GraphBuilder {
  /// Adds a magnitude.
  public func magnitude(_ x: Value) throws -> Value { try add(Abs(), x) }
}
