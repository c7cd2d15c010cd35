import Tensors

/// Limits every element to a range: y = min(maximum, max(x, minimum)); NaN stays NaN. ReLU6 is Clip from 0 to 6.
public struct Clip: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Clip"
  /// The limits are inputs since opset 11.
  public static let attributeInputs: Set<Int> = [1, 2]
  /// The lower limit; nil for none.
  public var minimum: Double?
  /// The upper limit; nil for none. It wins where it is below the lower one.
  public var maximum: Double?
  /// The element type of the input and the limits.
  public var dataType: DataType

  /// Makes the operator.
  public init(minimum: Double?, maximum: Double?, dataType: DataType = .float32) {
    self.minimum = minimum
    self.maximum = maximum
    self.dataType = dataType
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("min", "max")
    func limit(_ index: Int) throws -> Double? {
      guard let constant = try record.constant(at: index) else { return nil }
      guard constant.count == 1 else { throw record.unsupported("a limit with \(constant.count) elements") }
      return constant.doubles[0]
    }
    minimum = try record.float("min") ?? limit(1)
    maximum = try record.float("max") ?? limit(2)
    dataType = try record.requiredInput(0).type.dataType
  }

  /// The operator as opset 11 has it.
  public func form() -> NodeForm {
    var form = NodeForm(Self.kind)
    form.constantInputs[1] = minimum.map { Tensor(doubles: [$0], shape: [], dataType: dataType) }
    form.constantInputs[2] = maximum.map { Tensor(doubles: [$0], shape: [], dataType: dataType) }
    return form
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// The limited elements.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (low, high) = (minimum ?? -.infinity, maximum ?? .infinity)
    return [
      inputs[0]!.mapElements { x in
        let raised = x < low ? low : x
        return raised > high ? high : raised
      }
    ]
  }

  /// dx = dy where minimum <= x <= maximum.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(ClipGradient(minimum: minimum, maximum: maximum), call.gradient, call.inputs[0])]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// The gradient of `Clip`: inputs dy and x; dx = dy where minimum <= x <= maximum, otherwise 0.
public struct ClipGradient: Operator {
  /// The operation's name.
  public static let kind = "ClipGradient"
  /// The lower limit; nil for none.
  public let minimum: Double?
  /// The upper limit; nil for none.
  public let maximum: Double?

  /// Makes the operator.
  public init(minimum: Double?, maximum: Double?) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dy where minimum <= x <= maximum.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (low, high) = (minimum ?? -.infinity, maximum ?? .infinity)
    return [inputs[0]!.zipElements(with: inputs[1]!) { dy, x in low <= x && x <= high ? dy : 0 }]
  }
}

extension GraphBuilder {
  /// Adds a limit to a range; nil leaves a side open.
  public func clip(_ x: Value, minimum: Double?, maximum: Double?) throws -> Value {
    try add(Clip(minimum: minimum, maximum: maximum, dataType: type(of: x).dataType), x)
  }

  /// Adds a rectifier that ends at 6.
  public func relu6(_ x: Value) throws -> Value { try clip(x, minimum: 0, maximum: 6) }
}
