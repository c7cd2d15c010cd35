import Tensors

/// Whether both of two booleans are true, element by element with broadcasting.
public struct And: BooleanFunction {
  /// The ONNX type.
  public static let kind = "And"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// a && b.
  public func value(_ a: Bool, _ b: Bool) -> Bool { a && b }
}

extension GraphBuilder {
  /// Adds a function of two booleans: a && b.
  public func both(_ a: Value, _ b: Value) throws -> Value { try add(And(), a, b) }
}
