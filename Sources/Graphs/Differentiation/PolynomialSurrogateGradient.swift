import Tensors

/// The polynomial surrogate gradient of a sign: inputs dy and x; dx = dy * max(0, 2 - 2 |x|).
public struct PolynomialSurrogateGradient: Operator {
  /// The operation's name.
  public static let kind = "PolynomialSurrogateGradient"

  /// Makes the operator.
  public init() {}

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dy * max(0, 2 - 2 |x|).
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.zipElements(with: inputs[1]!) { $0 * max(0, 2 - 2 * abs($1)) }]
  }
}
