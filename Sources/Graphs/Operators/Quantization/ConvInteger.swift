import Tensors

/// A convolution of 8-bit integers, less their zero points, to 32-bit sums; padding is x's zero point.
///
/// Inputs: x, weights, optional zero point of x, optional zero point of the weights (one, or one per output).
public struct ConvInteger: ONNXOperator {
  /// The ONNX type.
  public static let kind = "ConvInteger"
  /// The convolution.
  public var convolution: Convolution

  /// Makes the operator.
  public init(_ convolution: Convolution) { self.convolution = convolution }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    var inner = record
    inner.inputs = Array(record.inputs.prefix(2))
    convolution = try Convolution(record: inner)
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, convolution.form().attributes) }

  /// The convolution's shape in int32.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    try IntegerOperands.check8Bit(inputs[0])
    try IntegerOperands.check8Bit(inputs[1])
    return [ValueType(.int32, try convolution.outputTypes(for: Array(inputs.prefix(2)))[0].shape)]
  }

  /// Those of the convolution.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    convolution.macs(inputs: Array(inputs.prefix(2)), outputs: outputs)
  }

  /// Weights and zero points.
  public func role(ofInput index: Int) -> ParameterRole {
    index < 2 ? convolution.role(ofInput: index) : .quantization
  }

  /// Exact sums.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let points = (2..<4).map { $0 < inputs.count ? inputs[$0] : nil }
    return [try sums(inputs[0]!, inputs[1]!, points[0], points[1], in: context).cast(to: .int32)]
  }

  /// The sums as doubles, in which they are exact.
  func sums(
    _ x: Tensor, _ weights: Tensor, _ zeroX: Tensor?, _ zeroW: Tensor?, in context: EvaluationContext
  ) throws -> Tensor {
    guard zeroX == nil || zeroX!.count == 1 else {
      throw PareError(.badInput, "a zero point of shape \(zeroX!.shape) for a convolution's input")
    }
    let left = try IntegerOperands.centered(x, zeroPoint: zeroX, .outputs)
    let right = try IntegerOperands.centered(weights, zeroPoint: zeroW, .outputs)
    return try convolution.evaluate([left, right], in: context)[0]
  }
}
