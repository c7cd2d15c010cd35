import Tensors

/// A rectifier whose slope below 0 is a parameter: y = x from 0 on, slope * x below; NaN stays NaN.
///
/// Inputs: x and the slopes, whose shape broadcasts to x's (channels x 1 x 1 for one a channel). (He, Zhang, Ren, Sun
/// 2015, "Delving deep into rectifiers", equations 1 to 4, who do not decay the slopes.)
public struct PRelu: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "PRelu"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Elementwise.slopeTypes(for: inputs) }

  /// x from 0 on, slope * x below.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [
      try inputs[0]!.broadcastElements(
        with: inputs[1]!, floats: { $0 < 0 ? $0 * $1 : $0 }, integers: { $0 < 0 ? $0 &* $1 : $0 })
    ]
  }

  /// Slopes are trained, and like a normalisation's scale not decayed.
  public func role(ofInput index: Int) -> ParameterRole { index == 1 ? .normalizationScale : .constant }

  /// dx = dy above 0, slope * dy up to it; dslope = dy * x below 0, summed where the slope was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (x, slope) = (call.inputs[0]!, call.inputs[1]!)
    var gradients: [Value?] = [nil, nil]
    if call.wanted[0] { gradients[0] = try builder.product(call.gradient, builder.add(PReluSlope(), x, slope)) }
    if call.wanted[1] {
      let below = try builder.clip(x, minimum: nil, maximum: 0)
      gradients[1] = try builder.summed(builder.product(call.gradient, below), toShapeOf: slope)
    }
    return gradients
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// The derivative of `PRelu` by x: inputs x and the slopes; 1 above 0, the slope up to it.
public struct PReluSlope: Operator {
  /// The operation's name.
  public static let kind = "PReluSlope"

  /// Makes the operator.
  public init() {}

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Elementwise.slopeTypes(for: inputs) }

  /// The derivatives.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try inputs[0]!.broadcastElements(with: inputs[1]!) { $0 > 0 ? 1 : $1 }]
  }
}

extension Elementwise {
  /// The first input's type, to which the second must broadcast.
  fileprivate static func slopeTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = try outputTypes(for: inputs)[0]
    guard let x = inputs[0]!.type.shape, let slope = inputs[1]!.type.shape, type.shape != x else { return [type] }
    throw PareError(.badInput, "slopes of shape \(slope) do not broadcast to an input of shape \(x)")
  }
}

extension GraphBuilder {
  /// Adds a rectifier with one trained slope a channel (axis 1), which starts at 0.25.
  public func parametricRelu(_ x: Value, name: String = "prelu") throws -> Value {
    let shape = try shape(of: x)
    let channels = try extent(of: x, axis: 1)
    let slopes = Tensor(
      repeating: Float(0.25), shape: Shape([channels] + Array(repeating: 1, count: max(shape.rank - 2, 0))))
    return try add(PRelu(), [x, parameter("\(name).weight", slopes)], name: name)[0]
  }
}
