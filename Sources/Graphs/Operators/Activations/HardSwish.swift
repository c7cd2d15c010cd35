import Tensors

/// x * min(1, max(0, x/6 + 1/2)): 0 up to -3, x from 3 on.
///
/// (Howard et al. 2019, "Searching for MobileNetV3", section 5.2.) ONNX has it since opset 14.
public struct HardSwish: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "HardSwish"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// x * min(1, max(0, x/6 + 1/2)) element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements { $0 * min(1, max(0, $0 / 6 + 0.5)) }]
  }

  /// dx = 0 below -3, dy above 3, dy * (x/3 + 1/2) between.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(HardSwishGradient(), call.gradient, call.inputs[0])]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// The gradient of `HardSwish`: inputs dy and x; dx = 0 where x < -3, dy where x > 3, dy * (x/3 + 1/2) between.
public struct HardSwishGradient: Operator {
  /// The operation's name.
  public static let kind = "HardSwishGradient"

  /// Makes the operator.
  public init() {}

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dx = 0 where x < -3, dy where x > 3, dy * (x/3 + 1/2) between.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.zipElements(with: inputs[1]!) { $1 < -3 ? 0 : $1 > 3 ? $0 : $0 * ($1 / 3 + 0.5) }]
  }
}

extension GraphBuilder {
  /// Adds a hard swish.
  public func hardSwish(_ x: Value) throws -> Value { try add(HardSwish(), x) }
}
