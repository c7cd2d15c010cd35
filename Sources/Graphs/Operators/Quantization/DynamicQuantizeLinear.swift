import Tensors

/// Rounding to uint8 with the scale and zero point that the input's own range asks for.
///
/// With the range widened to hold 0: scale = (max - min) / 255, zero point = round(-min / scale) limited to 0...255, and
/// y = saturate(round_half_even(x / scale) + zero point). Where all elements are 0 the scale is 1, as in ONNX Runtime.
/// Outputs: y, scale, zero point.
public struct DynamicQuantizeLinear: ONNXOperator {
  /// The ONNX type.
  public static let kind = "DynamicQuantizeLinear"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// uint8 of the input's shape, a float and a uint8.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(.uint8, inputs[0]!.type.shape), ValueType(.float32, []), ValueType(.uint8, [])]
  }

  /// The scale and zero point of a range.
  package static func parameters(minimum: Float, maximum: Float) -> (scale: Float, zeroPoint: UInt8) {
    let (low, high) = (min(minimum, 0), max(maximum, 0))
    let scale = high == low ? 1 : (high - low) / 255
    let point = (-low / scale).rounded(.toNearestOrEven)
    // An infinite range has no zero point.
    return (scale, point.isNaN ? 0 : UInt8(max(0, min(255, point))))
  }

  /// In single precision, so that ties are those of ONNX Runtime.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let floats = x.floats
    let (scale, zeroPoint) = Self.parameters(minimum: floats.min() ?? 0, maximum: floats.max() ?? 0)
    let (scales, points) = (Tensor(scalar: scale), Tensor(scalar: zeroPoint))
    let y = try QuantizeLinear().evaluate([x.cast(to: .float32), scales, points], in: context)[0]
    return [y, scales, points]
  }
}
