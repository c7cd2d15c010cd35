import Tensors

/// y = 1 / x; infinite at 0.
public struct Reciprocal: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Reciprocal"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// 1 / x.
  public func value(at x: Double) -> Double { 1 / x }

  /// -1 / x^2.
  public func slope(at x: Double) -> Double { -1 / (x * x) }
}

extension GraphBuilder {
  /// Adds a reciprocal.
  public func reciprocal(_ x: Value) throws -> Value { try add(Reciprocal(), x) }
}
