import Tensors

/// 1 above 0, -1 below, 0 at 0; NaN stays NaN. Its gradient is 0, unless training asks for a surrogate.
public struct Sign: UnaryFunction, Differentiable {
  /// The ONNX type.
  public static let kind = "Sign"
  /// The derivative that training uses. ONNX does not know it: an operator that is read has none.
  public var surrogate: SurrogateGradient

  /// Makes the operator.
  public init(surrogate: SurrogateGradient = .none) { self.surrogate = surrogate }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes()
    self.init()
  }

  /// The sign.
  public func value(at x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x }

  /// dx = dy times the surrogate's derivative at x.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.gradient(surrogate, of: call.gradient, at: call.inputs[0]!)]
  }
}

extension GraphBuilder {
  /// Adds a sign, 0 at 0.
  public func sign(_ x: Value, surrogate: SurrogateGradient = .none) throws -> Value {
    try add(Sign(surrogate: surrogate), x)
  }

  /// Adds a sign that has no 0, as binary layers want it: 1 where x >= 0, otherwise (and for NaN) -1. In inference it is
  /// a GreaterOrEqual and a Where.
  public func binarySign(_ x: Value, surrogate: SurrogateGradient = .clippedIdentity) throws -> Value {
    let sign = try selection(where: isGreaterOrEqual(x, scalar(0)), scalar(1), otherwise: scalar(-1))
    return try straightThrough(sign, for: x, surrogate: surrogate)
  }
}
