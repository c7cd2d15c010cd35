import Tensors

/// A line limited to [0, 1]: y = min(1, max(0, alpha * x + beta)). MobileNetV3 has alpha 1/6 and beta 1/2.
public struct HardSigmoid: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "HardSigmoid"
  /// The slope.
  public var alpha: Float
  /// The value at 0.
  public var beta: Float

  /// Makes the operator; the defaults are ONNX's.
  public init(alpha: Float = 0.2, beta: Float = 0.5) {
    self.alpha = alpha
    self.beta = beta
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("alpha", "beta")
    self.init(
      alpha: try record.float("alpha").map { Float($0) } ?? 0.2, beta: try record.float("beta").map { Float($0) } ?? 0.5
    )
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["alpha": .float(alpha), "beta": .float(beta)]) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// min(1, max(0, alpha * x + beta)) element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (slope, start) = (Double(alpha), Double(beta))
    return [inputs[0]!.mapElements { min(1, max(0, slope * $0 + start)) }]
  }

  /// dx = alpha * dy where 0 < alpha * x + beta < 1.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(HardSigmoidGradient(alpha: alpha, beta: beta), call.gradient, call.inputs[0])]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// The gradient of `HardSigmoid`: inputs dy and x; dx = alpha * dy where 0 < alpha * x + beta < 1, otherwise 0.
public struct HardSigmoidGradient: Operator {
  /// The operation's name.
  public static let kind = "HardSigmoidGradient"
  /// The slope.
  public let alpha: Float
  /// The value at 0.
  public let beta: Float

  /// Makes the operator.
  public init(alpha: Float, beta: Float) {
    self.alpha = alpha
    self.beta = beta
  }

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// alpha * dy where 0 < alpha * x + beta < 1.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (slope, start) = (Double(alpha), Double(beta))
    return [
      inputs[0]!.zipElements(with: inputs[1]!) { dy, x in
        let y = slope * x + start
        return y > 0 && y < 1 ? slope * dy : 0
      }
    ]
  }
}

extension GraphBuilder {
  /// Adds a hard sigmoid with MobileNetV3's slope 1/6 where no other is given.
  public func hardSigmoid(_ x: Value, alpha: Float = 1 / 6, beta: Float = 0.5) throws -> Value {
    try add(HardSigmoid(alpha: alpha, beta: beta), x)
  }
}
