import Tensors

/// Whether one value is at least another, element by element with broadcasting.
public struct GreaterOrEqual: Comparison {
  /// The ONNX type.
  public static let kind = "GreaterOrEqual"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// a >= b.
  public func holds(_ a: Double, _ b: Double) -> Bool { a >= b }

  /// a >= b.
  public func holds(_ a: Int, _ b: Int) -> Bool { a >= b }

  /// a >= b for every batch size.
  public func holds(_ a: Dimension, _ b: Dimension) -> Bool? { a.isLess(than: b).map { !$0 } }
}

extension GraphBuilder {
  /// Adds a comparison: a >= b.
  public func isGreaterOrEqual(_ a: Value, _ b: Value) throws -> Value { try add(GreaterOrEqual(), a, b) }
}
