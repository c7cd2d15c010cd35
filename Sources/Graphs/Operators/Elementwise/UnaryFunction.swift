import Tensors

/// An operator that applies one function of one number to every element. It states the function; shapes, reference
/// evaluation and coupling follow.
public protocol UnaryFunction: ONNXOperator, ChannelCoupled, Pointwise {
  /// The function's value.
  func value(at x: Double) -> Double
}

extension UnaryFunction {
  /// The operator without attributes.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// The function of every element, in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements(value(at:))]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// A function of one number that has a derivative.
public protocol DifferentiableFunction: UnaryFunction, Differentiable {
  /// The derivative; at kinks the one that PyTorch takes.
  func slope(at x: Double) -> Double
}

extension DifferentiableFunction {
  /// dx = dy * slope(x).
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(FunctionGradient(of: self), call.gradient, call.inputs[0])]
  }
}

/// The gradient of a function of one number: inputs dy and x; dx = dy * slope(x).
public struct FunctionGradient<Function: DifferentiableFunction>: Operator {
  /// The operation's name: the function's, followed by `Gradient`.
  public static var kind: String { "\(Function.kind)Gradient" }
  /// The function that is differentiated.
  public let function: Function

  /// Makes the operator.
  public init(of function: Function) { self.function = function }

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dy * slope(x), element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.zipElements(with: inputs[1]!) { $0 * function.slope(at: $1) }]
  }
}
