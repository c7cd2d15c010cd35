import Tensors

/// The nearest integer, halves to the even one. Its gradient is 0, unless training asks for a surrogate.
public struct Round: UnaryFunction, Differentiable {
  /// The ONNX type.
  public static let kind = "Round"
  /// The derivative that training uses. ONNX does not know it: an operator that is read has none.
  public var surrogate: SurrogateGradient

  /// Makes the operator.
  public init(surrogate: SurrogateGradient = .none) { self.surrogate = surrogate }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes()
    self.init()
  }

  /// The nearest integer.
  public func value(at x: Double) -> Double { x.rounded(.toNearestOrEven) }

  /// dx = dy times the surrogate's derivative at x.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.gradient(surrogate, of: call.gradient, at: call.inputs[0]!)]
  }
}

extension GraphBuilder {
  /// Adds a rounding to the nearest integer; with the surrogate `.identity` the gradient passes straight through.
  public func rounded(_ x: Value, surrogate: SurrogateGradient = .none) throws -> Value {
    try add(Round(surrogate: surrogate), x)
  }
}
