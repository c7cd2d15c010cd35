import Foundation
import Tensors

/// The natural logarithm: -infinity at 0, NaN below.
public struct Log: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Log"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// log(x) element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements { log($0) }]
  }

  /// dx = dy / x.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.quotient(call.gradient, call.inputs[0]!)]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds a natural logarithm.
  public func logarithm(_ x: Value) throws -> Value { try add(Log(), x) }
}
