import Foundation
import Tensors

/// The hyperbolic tangent, between -1 and 1; NaN stays NaN.
public struct Tanh: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Tanh"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// tanh(x) element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements { tanh($0) }]
  }

  /// dx = dy * (1 - y * y).
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(TanhGradient(), call.gradient, call.outputs[0])]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// The gradient of `Tanh`: inputs dy and y; dx = dy * (1 - y * y).
public struct TanhGradient: Operator {
  /// The operation's name.
  public static let kind = "TanhGradient"

  /// Makes the operator.
  public init() {}

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dx = dy * (1 - y * y).
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.zipElements(with: inputs[1]!) { $0 * (1 - $1 * $1) }]
  }
}

extension GraphBuilder {
  /// Adds a hyperbolic tangent.
  public func tanh(_ x: Value) throws -> Value { try add(Tanh(), x) }
}
