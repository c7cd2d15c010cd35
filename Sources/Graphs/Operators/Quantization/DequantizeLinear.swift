import Tensors

/// Integers to floats: y = (x - zero point) * scale.
///
/// Inputs: x (int8, uint8, int16, uint16 or int32), scale (one, one per index of an axis, or one per block of it),
/// optional zero point of x's type. The gradient by x as a real number is dy * scale, a float tensor; see `QuantizeLinear`.
public struct DequantizeLinear: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "DequantizeLinear"
  /// How scales lie over the input.
  public var grid: QuantizationGrid

  /// Makes the operator; `axis` matters where there are several scales.
  public init(axis: Int = 1, blockSize: Int = 0) { grid = QuantizationGrid(axis: axis, blockSize: blockSize) }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axis", "block_size", "output_dtype")
    grid = try QuantizationGrid(record: record)
    let code = try record.int("output_dtype") ?? 0
    let scaleType = record.input(1)?.type.dataType
    // Other float types are computed in float32, scales as well as results.
    guard
      code == 0 || DataType(onnxCode: code) == scaleType
        || (scaleType == .float32 && DataType(onnxCode: code)?.isFloat == true)
    else { throw record.unsupported("output_dtype \(code), which is not the scale's type") }
  }

  /// The operator as opset 13 has it, or 21 with blocks.
  public func form() -> NodeForm { NodeForm(Self.kind, grid.attributes) }

  /// The input's shape in the scale's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let x = inputs[0]!.type
    guard x.dataType.quantizedRange != nil else {
      throw PareError(.unsupported, "dequantization of \(x.dataType.rawValue)")
    }
    let zeroPoint = inputs.count > 2 ? inputs[2] : nil
    try grid.check(x.shape, scale: inputs[1]!, zeroPoint: zeroPoint)
    if let type = zeroPoint?.type.dataType, type != x.dataType {
      throw PareError(.badInput, "a zero point of type \(type.rawValue) for \(x.dataType.rawValue)")
    }
    return [ValueType(inputs[1]!.type.dataType, x.shape)]
  }

  /// Scale and zero point.
  public func role(ofInput index: Int) -> ParameterRole { index == 0 ? .constant : .quantization }

  /// (x - zero point) * scale.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (x, scale) = (inputs[0]!, inputs[1]!)
    let points = inputs.count > 2 ? inputs[2]?.doubles : nil
    let scales = scale.doubles
    let which = try grid.scaleIndices(of: x.shape, scaleCount: scales.count)
    let y = zip(x.doubles, which).map { ($0 - (points?[$1] ?? 0)) * scales[$1] }
    return [Tensor(doubles: y, shape: x.shape, dataType: scale.dataType)]
  }

  /// dx = dy * scale; scale and zero point get none.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    guard call.wanted[0] else { return call.inputs.map { _ in nil } }
    let shape = try builder.shape(of: call.gradient)
    let scale = try grid.broadcastScale(call.inputs[1]!, over: shape, in: builder)
    return [try builder.add(Mul(), call.gradient, scale)] + call.inputs.dropFirst().map { _ in nil }
  }

  /// Indices pass through; scales and zero points along an axis go with it.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { grid.couple(call, into: &coupling) }
}

extension GraphBuilder {
  /// Adds a dequantization; `axis` matters where there are several scales.
  public func dequantized(_ x: Value, scale: Value, zeroPoint: Value? = nil, axis: Int = 1) throws -> Value {
    try add(DequantizeLinear(axis: axis), [x, scale] + (zeroPoint.map { [$0] } ?? []))[0]
  }
}
