import Tensors

/// y = x / (1 + |x|), between -1 and 1.
public struct Softsign: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Softsign"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// x / (1 + |x|).
  public func value(at x: Double) -> Double { x / (1 + abs(x)) }

  /// 1 / (1 + |x|)^2.
  public func slope(at x: Double) -> Double { 1 / ((1 + abs(x)) * (1 + abs(x))) }
}

extension GraphBuilder {
  /// Adds a soft sign.
  public func softsign(_ x: Value) throws -> Value { try add(Softsign(), x) }
}
