import Tensors

/// The rectifier: y = max(x, 0); NaN stays NaN.
public struct Relu: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Relu"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// max(x, 0) element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements { $0 < 0 ? 0 : $0 }]
  }

  /// dx = dy where y > 0.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(ReluGradient(), call.gradient, call.outputs[0])]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// The gradient of `Relu`: inputs dy and y; dx = dy where y > 0, otherwise 0.
public struct ReluGradient: Operator {
  /// The operation's name.
  public static let kind = "ReluGradient"

  /// Makes the operator.
  public init() {}

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dy where y > 0.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.zipElements(with: inputs[1]!) { $1 > 0 ? $0 : 0 }]
  }
}

extension GraphBuilder {
  /// Adds a rectifier.
  public func relu(_ x: Value) throws -> Value { try add(Relu(), x) }
}
