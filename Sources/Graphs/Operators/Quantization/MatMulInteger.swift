import Tensors

/// A matrix product of 8-bit integers, less their zero points, in 32 bits; shapes are those of `MatMul`.
///
/// Inputs: A, B, optional zero point of A (one, or one per row), optional zero point of B (one, or one per column).
public struct MatMulInteger: ONNXOperator {
  /// The ONNX type.
  public static let kind = "MatMulInteger"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The product's shape in int32.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    try IntegerOperands.check8Bit(inputs[0])
    try IntegerOperands.check8Bit(inputs[1])
    return [ValueType(.int32, try MatMul().outputTypes(for: Array(inputs.prefix(2)))[0].shape)]
  }

  /// Those of the product.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    MatMul().macs(inputs: Array(inputs.prefix(2)), outputs: outputs)
  }

  /// Weights and zero points.
  public func role(ofInput index: Int) -> ParameterRole { index < 2 ? .weight : .quantization }

  /// Exact sums.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let points = (2..<4).map { $0 < inputs.count ? inputs[$0] : nil }
    let a = try IntegerOperands.centered(inputs[0]!, zeroPoint: points[0], .rows)
    let b = try IntegerOperands.centered(inputs[1]!, zeroPoint: points[1], .columns)
    return [try MatMul().evaluate([a, b], in: context)[0].cast(to: .int32)]
  }
}
