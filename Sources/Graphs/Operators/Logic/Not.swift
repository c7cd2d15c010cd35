import Tensors

/// The opposite of every boolean.
public struct Not: UnaryFunction {
  /// The ONNX type.
  public static let kind = "Not"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// 1 for 0, otherwise 0.
  public func value(at x: Double) -> Double { x == 0 ? 1 : 0 }

  /// The opposites, where the input is known.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard let known = inputs[0]?.integerDimensions else { return nil }
    let opposites = known.compactMap(\.fixedExtent).map { Dimension.fixed($0 == 0 ? 1 : 0) }
    return opposites.count == known.count ? opposites : nil
  }
}

extension GraphBuilder {
  /// Adds the opposite of booleans.
  public func not(_ a: Value) throws -> Value { try add(Not(), a) }
}
