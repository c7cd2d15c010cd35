import Tensors

/// Floats to integers: y = saturate(round(x / scale) + zero point), halves rounded to even.
///
/// Inputs: x, scale (one, one per index of an axis, or one per block of it), optional zero point, whose type is the
/// result's (uint8 where it is absent). The quotient is taken in the input's own precision, as ONNX Runtime does, so that
/// ties agree with it, unless `precision` says otherwise.
///
/// **Gradient.** Rounding has none, so it is passed straight through (Bengio, Léonard, Courville 2013): dx = dy / scale
/// where the rounded value is inside the type's range, otherwise 0. dy is the gradient by the integer y as a real
/// number, a float tensor; `DequantizeLinear` hands out dy * scale, so that a pair of both passes dy itself on wherever x
/// was not clipped.
public struct QuantizeLinear: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "QuantizeLinear"
  /// How scales lie over the input.
  public var grid: QuantizationGrid
  /// The type of the result where there is no zero point.
  public var outputType: DataType
  /// The 16-bit float type to which x, scale and quotient are rounded; nil for the input's own precision.
  public var precision: DataType?

  /// Makes the operator; `axis` matters where there are several scales.
  public init(axis: Int = 1, outputType: DataType = .uint8, blockSize: Int = 0, precision: DataType? = nil) {
    grid = QuantizationGrid(axis: axis, blockSize: blockSize)
    self.outputType = outputType
    self.precision = precision
  }

  /// Reads the operator from a file's node. `saturate` concerns only 8-bit float results, which are not run.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axis", "saturate", "block_size", "output_dtype", "precision")
    grid = try QuantizationGrid(record: record)
    let code = try record.int("output_dtype") ?? 0
    // A zero point says the type by itself; the attribute exists since operator set 21 only.
    guard let type = code == 0 ? .uint8 : DataType(onnxCode: code),
      type.quantizedRange != nil, type != .int32
    else { throw record.unsupported("the result's element type (\(code))") }
    outputType = type
    let precisionCode = try record.int("precision") ?? 0
    switch precisionCode == 0 ? .float32 : DataType(onnxCode: precisionCode) {
    case .float32, .float64: precision = nil
    case .some(let half) where half.isFloat: precision = half
    default: throw record.unsupported("precision \(precisionCode)")
    }
  }

  /// The operator as opset 13 has it; without a zero point the result is uint8 unless `output_dtype` says otherwise.
  public func form() -> NodeForm {
    var attributes = grid.attributes
    if outputType != .uint8 { attributes["output_dtype"] = .int(outputType.onnxCode) }
    if let precision { attributes["precision"] = .int(precision.onnxCode) }
    return NodeForm(Self.kind, attributes)
  }

  /// The input's shape in the zero point's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let zeroPoint = inputs.count > 2 ? inputs[2] : nil
    try grid.check(inputs[0]!.type.shape, scale: inputs[1]!, zeroPoint: zeroPoint)
    let type = zeroPoint?.type.dataType ?? outputType
    guard type.quantizedRange != nil else {
      throw PareError(.unsupported, "quantization to \(type.rawValue); int8, uint8, int16 and uint16 are run")
    }
    return [ValueType(type, inputs[0]!.type.shape)]
  }

  /// Scale and zero point.
  public func role(ofInput index: Int) -> ParameterRole { index == 0 ? .constant : .quantization }

  /// round(x / scale) + zero point, not yet clipped.
  func unclipped(_ inputs: [Tensor?]) throws -> [Double] {
    let (x, scale) = (inputs[0]!, inputs[1]!)
    let points = inputs.count > 2 ? inputs[2]?.doubles : nil
    let which = try grid.scaleIndices(of: x.shape, scaleCount: scale.count)
    if x.dataType == .float64 {
      let scales = scale.doubles
      return zip(x.doubles, which).map { ($0 / scales[$1]).rounded(.toNearestOrEven) + (points?[$1] ?? 0) }
    }
    func rounded(_ values: [Float]) -> [Float] {
      precision.map { Tensor(values).cast(to: $0).floats } ?? values
    }
    let scales = rounded(scale.floats)
    let quotients = rounded(zip(rounded(x.floats), which).map { $0 / scales[$1] })
    return zip(quotients, which).map { Double($0.rounded(.toNearestOrEven)) + (points?[$1] ?? 0) }
  }

  /// The integers; NaN becomes the zero point's 0.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let type = (inputs.count > 2 ? inputs[2]?.dataType : nil) ?? outputType
    return [Tensor(doubles: try unclipped(inputs), shape: inputs[0]!.shape, dataType: type)]
  }

  /// dx = dy / scale where x is not clipped; scale and zero point get none.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    guard call.wanted[0] else { return call.inputs.map { _ in nil } }
    let type = builder.type(of: call.outputs[0]).dataType
    let op = QuantizeLinearGradient(forward: self, type: type)
    let gradient = try builder.add(op, [call.gradient] + call.inputs)[0]
    return [gradient] + call.inputs.dropFirst().map { _ in nil }
  }

  /// Indices pass through; scales and zero points along an axis go with it.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { grid.couple(call, into: &coupling) }
}

/// The straight-through gradient of `QuantizeLinear`: inputs dy (float) and the forward inputs; dy / scale where the
/// rounded value lies inside the integer type's range, otherwise 0.
public struct QuantizeLinearGradient: Operator {
  /// The operation's name.
  public static let kind = "QuantizeLinearGradient"
  /// The operator that is differentiated.
  public let forward: QuantizeLinear
  /// The integer type.
  public let type: DataType

  /// Makes the operator.
  public init(forward: QuantizeLinear, type: DataType) {
    self.forward = forward
    self.type = type
  }

  /// The gradient's own type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dy / scale inside the range.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let dy = inputs[0]!
    let integers = try forward.unclipped(Array(inputs.dropFirst()))
    let scales = inputs[2]!.doubles
    let which = try forward.grid.scaleIndices(of: dy.shape, scaleCount: scales.count)
    let range = type.quantizedRange ?? 0...0
    let dx = dy.doubles.indices.map { index in (index, range.contains(integers[index])) }
    let gradients = dy.doubles
    return [
      Tensor(
        doubles: dx.map { index, isInside in isInside ? gradients[index] / scales[which[index]] : 0 }, shape: dy.shape,
        dataType: dy.dataType)
    ]
  }
}

extension GraphBuilder {
  /// Adds a quantization; `axis` matters where there are several scales.
  public func quantized(_ x: Value, scale: Value, zeroPoint: Value, axis: Int = 1) throws -> Value {
    try add(QuantizeLinear(axis: axis, outputType: type(of: zeroPoint).dataType), x, scale, zeroPoint)
  }
}
