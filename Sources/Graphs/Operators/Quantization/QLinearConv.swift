import Tensors

/// A convolution of 8-bit integers with 32-bit sums, rounded back to 8 bits.
///
/// Inputs: x, its scale and zero point, weights, their scale and zero point (one, or one per output), scale and zero point
/// of the result, optional int32 bias in units of x's scale times the weights'. With real = scale * (integer - zero
/// point): y = saturate(round_half_even((conv + bias) * scales / y scale) + y zero point); padding is a real 0.
public struct QLinearConv: ONNXOperator {
  /// The ONNX type.
  public static let kind = "QLinearConv"
  /// The convolution.
  public var convolution: Convolution

  /// Makes the operator.
  public init(_ convolution: Convolution) { self.convolution = convolution }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    var inner = record
    inner.inputs = [record.input(0), try record.requiredInput(3)]
    convolution = try Convolution(record: inner)
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, convolution.form().attributes) }

  /// The convolution's shape in the type of the result's zero point.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    try IntegerOperands.check8Bit(inputs[0])
    try IntegerOperands.check8Bit(inputs[3])
    let type = try convolution.outputTypes(for: [inputs[0], inputs[3], inputs.count > 8 ? inputs[8] : nil])[0]
    return [ValueType(inputs[7]!.type.dataType, type.shape)]
  }

  /// Those of the convolution.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    convolution.macs(inputs: [inputs[0], inputs[3]], outputs: outputs)
  }

  /// Weights, bias, and what belongs to integers.
  public func role(ofInput index: Int) -> ParameterRole {
    switch index {
    case 0: .constant
    case 3: convolution.role(ofInput: 1)
    case 8: .bias
    default: .quantization
    }
  }

  /// Exact sums, scaled and rounded in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (scaleX, scaleW, scaleY) = (inputs[1]!.doubles[0], inputs[4]!.doubles, inputs[6]!.doubles[0])
    let sums = try ConvInteger(convolution).sums(inputs[0]!, inputs[3]!, inputs[2], inputs[5], in: context)
    let plane = sums.shape.dimensions[2...].reduce(1, *)
    let bias = inputs.count > 8 ? inputs[8]?.doubles : nil
    let scaled = sums.doubles.enumerated().map { index, sum in
      let output = index / plane % sums.shape[1]
      return (sum + (bias?[output] ?? 0)) * (scaleX * scaleW[scaleW.count == 1 ? 0 : output]) / scaleY
    }
    let zeroPoint = inputs[7]!
    return [
      IntegerOperands.rounded(
        scaled, zeroPoint: zeroPoint.doubles[0], shape: sums.shape, dataType: zeroPoint.dataType)
    ]
  }
}
