import Tensors

/// The largest integer that is not above x. Its gradient is 0 wherever there is one.
public struct Floor: UnaryFunction, Differentiable {
  /// The ONNX type.
  public static let kind = "Floor"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// x, rounded down to an integer.
  public func value(at x: Double) -> Double { x.rounded(.down) }

  /// None: the function is constant between integers.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] { [nil] }
}

extension GraphBuilder {
  /// Adds a rounding down to an integer.
  public func roundedDown(_ x: Value) throws -> Value { try add(Floor(), x) }
}
