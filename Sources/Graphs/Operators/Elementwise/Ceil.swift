import Tensors

/// The smallest integer that is not below x. Its gradient is 0 wherever there is one.
public struct Ceil: UnaryFunction, Differentiable {
  /// The ONNX type.
  public static let kind = "Ceil"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// x, rounded up to an integer.
  public func value(at x: Double) -> Double { x.rounded(.up) }

  /// None: the function is constant between integers.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] { [nil] }
}

extension GraphBuilder {
  /// Adds a rounding up to an integer.
  public func roundedUp(_ x: Value) throws -> Value { try add(Ceil(), x) }
}
