import Tensors

/// One value forward, another one backward: inputs a value and its source, of the same shape. The result is the value;
/// its gradient goes to the source, as a surrogate has it, and not to the value.
///
/// For step functions that take several operators (a mask, a sign without 0). It has no ONNX form: what is written, or
/// compiled for inference, is without it.
public struct StraightThrough: Operator, Differentiable, ChannelCoupled {
  /// The operation's name.
  public static let kind = "StraightThrough"
  /// The derivative by the source that training uses.
  public var surrogate: SurrogateGradient

  /// Makes the operator.
  public init(surrogate: SurrogateGradient = .identity) { self.surrogate = surrogate }

  /// The value's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let (value, source) = (inputs[0]!.type, inputs[1]!.type)
    guard value.shape == nil || source.shape == nil || value.shape == source.shape else {
      throw PareError(.badInput, "a value \(value) for a source \(source); the shapes must be equal")
    }
    return [value]
  }

  /// The value.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] { [inputs[0]!] }

  /// Nothing by the value; by the source dy times the surrogate's derivative there.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    guard call.wanted[1] else { return [nil, nil] }
    return [nil, try builder.gradient(surrogate, of: call.gradient, at: call.inputs[1]!)]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds `value` in the place of `source`, to which the gradient goes.
  public func straightThrough(
    _ value: Value, for source: Value, surrogate: SurrogateGradient = .identity
  ) throws -> Value {
    try add(StraightThrough(surrogate: surrogate), value, source)
  }
}
