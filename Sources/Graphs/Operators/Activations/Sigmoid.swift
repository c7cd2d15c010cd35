import Foundation
import Tensors

/// The logistic function: y = 1 / (1 + exp(-x)), between 0 and 1; NaN stays NaN.
public struct Sigmoid: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Sigmoid"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// 1 / (1 + exp(-x)) element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements { 1 / (1 + exp(-$0)) }]
  }

  /// dx = dy * y * (1 - y).
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(SigmoidGradient(), call.gradient, call.outputs[0])]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// The gradient of `Sigmoid`: inputs dy and y; dx = dy * y * (1 - y).
public struct SigmoidGradient: Operator {
  /// The operation's name.
  public static let kind = "SigmoidGradient"

  /// Makes the operator.
  public init() {}

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dx = dy * y * (1 - y).
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.zipElements(with: inputs[1]!) { $0 * $1 * (1 - $1) }]
  }
}

extension GraphBuilder {
  /// Adds a logistic function.
  public func sigmoid(_ x: Value) throws -> Value { try add(Sigmoid(), x) }
}
