import Tensors

/// ONNX's `Constant` node, which becomes a parameter when a file is read.
public enum ConstantNode {
  /// The ONNX type.
  public static let kind = "Constant"

  /// The constant: a tensor, or numbers of rank 0 or 1 (int64, float32).
  /// - Throws: `PareError.unsupported` for texts and sparse tensors, `.badInput` where nothing is given.
  public static func tensor(from record: NodeRecord) throws -> Tensor {
    if let tensor = try record.tensor("value") { return tensor }
    if let value = try record.int("value_int") { return Tensor(scalar: Int64(value)) }
    if let values = try record.ints("value_ints") { return Tensor(values.map { Int64($0) }) }
    if let value = try record.float("value_float") { return Tensor(scalar: Float(value)) }
    if let attribute = record.attributes["value_floats"] {
      guard case .floats(let values) = attribute else {
        throw PareError(
          .badInput, "attribute \"value_floats\" is not a list of numbers", context: ["node": record.name])
      }
      return Tensor(values)
    }
    guard let name = record.attributes.keys.sorted().first else {
      throw PareError(.badInput, "the constant has no value", context: ["node": record.name, "operator": record.type])
    }
    throw record.unsupported("a constant given as \"\(name)\"")
  }
}
