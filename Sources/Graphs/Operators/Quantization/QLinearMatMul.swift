import Tensors

/// A matrix product of 8-bit integers with 32-bit sums, rounded back to 8 bits; shapes are those of `MatMul`.
///
/// Inputs: A, its scale and zero point (one, or one per row), B, its scale and zero point (one, or one per column), scale
/// and zero point of the result. With real = scale * (integer - zero point):
/// y = saturate(round_half_even(product * scales / y scale) + y zero point).
public struct QLinearMatMul: ONNXOperator {
  /// The ONNX type.
  public static let kind = "QLinearMatMul"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The product's shape in the type of the result's zero point.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    try IntegerOperands.check8Bit(inputs[0])
    try IntegerOperands.check8Bit(inputs[3])
    return [ValueType(inputs[7]!.type.dataType, try MatMul().outputTypes(for: [inputs[0], inputs[3]])[0].shape)]
  }

  /// Those of the product.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    MatMul().macs(inputs: [inputs[0], inputs[3]], outputs: outputs)
  }

  /// Weights, and what belongs to integers.
  public func role(ofInput index: Int) -> ParameterRole {
    index == 0 || index == 3 ? MatMul().role(ofInput: index == 0 ? 0 : 1) : .quantization
  }

  /// The product of real numbers in double precision, rounded.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    func real(_ index: Int, _ place: IntegerOperands.Place) throws -> Tensor {
      let centered = try IntegerOperands.centered(inputs[index]!, zeroPoint: inputs[index + 2], place)
      let scales = try IntegerOperands.spread(inputs[index + 1]!, over: centered.shape, place)
      return Tensor(doubles: zip(centered.doubles, scales).map { $0 * $1 }, shape: centered.shape, dataType: .float64)
    }
    let product = try MatMul().evaluate([real(0, .rows), real(3, .columns)], in: context)[0]
    let (scale, zeroPoint) = (inputs[6]!, inputs[7]!)
    guard scale.count == 1, zeroPoint.count == 1 else {
      throw PareError(.unsupported, "a result with scales of shape \(scale.shape)")
    }
    return [
      IntegerOperands.rounded(
        product.doubles.map { $0 / scale.doubles[0] }, zeroPoint: zeroPoint.doubles[0], shape: product.shape,
        dataType: zeroPoint.dataType)
    ]
  }
}
