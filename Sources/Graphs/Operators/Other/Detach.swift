import Tensors

/// Passes its input on, but no gradient back: what is learned from must not learn itself.
///
/// It has no ONNX form: what is written, or compiled for inference, is without it.
public struct Detach: Operator, Differentiable, ChannelCoupled {
  /// The operation's name.
  public static let kind = "Detach"

  /// Makes the operator.
  public init() {}

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// The input.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] { [inputs[0]!] }

  /// None.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] { [nil] }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds a copy of a value that passes no gradient back.
  public func detached(_ x: Value) throws -> Value { try add(Detach(), x) }
}
