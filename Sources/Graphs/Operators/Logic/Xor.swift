import Tensors

/// Whether two booleans differ, element by element with broadcasting.
public struct Xor: BooleanFunction {
  /// The ONNX type.
  public static let kind = "Xor"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// a != b.
  public func value(_ a: Bool, _ b: Bool) -> Bool { a != b }
}

extension GraphBuilder {
  /// Adds a function of two booleans: a != b.
  public func differ(_ a: Value, _ b: Value) throws -> Value { try add(Xor(), a, b) }
}
