import Tensors

/// The same values in another element type: floats become integers by truncation, integers wrap around, anything but
/// zero is true.
public struct Cast: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Cast"
  /// The type of the result.
  public var target: DataType

  /// Makes the operator.
  public init(to target: DataType) { self.target = target }

  /// Reads the operator from a file's node. `saturate` and `round_mode` concern 8-bit floats only, which Pare lacks.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("to", "saturate", "round_mode")
    guard let code = try record.int("to") else {
      throw PareError(
        .badInput, "attribute \"to\" is missing", context: ["node": record.name, "operator": record.type])
    }
    guard let target = DataType(onnxCode: code) else { throw record.unsupported("element type \(code)") }
    self.target = target
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["to": .int(target.onnxCode)]) }

  /// The input's shape in the other type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(target, inputs[0]!.type.shape)]
  }

  /// The elements, where they are known and stay integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    target == .int64 || target == .int32 ? inputs[0]?.integerDimensions : nil
  }

  /// The values in the other type; a float64 tensor stays one where float32 is asked for, since it stands for float32
  /// values in a run in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    if x.dataType == .float64, target == .float32 { return [x] }
    return [x.dataType.isFloat || target.isFloat || target == .bool ? x.cast(to: target) : x.wrapped(to: target)]
  }

  /// dx = dy in the input's type; none where an integer is on the way.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let type = builder.type(of: call.inputs[0]!).dataType
    guard type.isFloat, target.isFloat else { return [nil] }
    return [type == target ? call.gradient : try builder.add(Cast(to: type), call.gradient)]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension Tensor {
  /// Integers in another integer type, modulo its range.
  func wrapped(to type: DataType) -> Tensor {
    func converted<Integer: TensorElement & FixedWidthInteger>(_: Integer.Type) -> Tensor {
      Tensor(integers.map { Integer(truncatingIfNeeded: $0) }, shape: shape)
    }
    return switch type {
    case .int8: converted(Int8.self)
    case .int16: converted(Int16.self)
    case .int32: converted(Int32.self)
    case .int64: converted(Int64.self)
    case .uint8: converted(UInt8.self)
    case .uint16: converted(UInt16.self)
    case .uint32: converted(UInt32.self)
    case .uint64: converted(UInt64.self)
    case .float32, .float64, .float16, .bfloat16, .bool: cast(to: type)
    }
  }
}

extension GraphBuilder {
  /// Adds a conversion to another element type.
  public func cast(_ x: Value, to type: DataType) throws -> Value { try add(Cast(to: type), x) }
}
