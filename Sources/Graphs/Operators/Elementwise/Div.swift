import Tensors

/// The quotient of two tensors, with broadcasting; integers are divided toward zero.
public struct Div: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Div"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The broadcast shape.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Elementwise.outputTypes(for: inputs) }

  /// The result, where both inputs are known integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    Elementwise.symbolicOutput(for: inputs) { a, b in
      switch (a, b) {
      case (.fixed(let x), .fixed(let y)) where y != 0: .fixed(x / y)
      case (.batch(let x), .fixed(let y)) where y != 0 && x % y == 0: .batch(x / y)
      case (.batch(let x), .batch(let y)) where y != 0 && x % y == 0: .fixed(x / y)
      default: nil
      }
    }
  }

  /// a / b; an integer divided by 0 gives 0.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [
      try inputs[0]!.broadcastElements(
        with: inputs[1]!, floats: /, integers: { $1 == 0 ? 0 : $0.dividedReportingOverflow(by: $1).partialValue })
    ]
  }

  /// A parameter of one number per channel scales it and is trained; a single number is a constant.
  public func role(ofInput index: Int) -> ParameterRole { index == 1 ? .normalizationScale : .constant }

  /// da = dy / b and db = -dy * y / b, each summed where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (a, b) = (call.inputs[0]!, call.inputs[1]!)
    var gradients: [Value?] = [nil, nil]
    let quotient = try builder.add(Div(), call.gradient, b)
    if call.wanted[0] { gradients[0] = try builder.summed(quotient, toShapeOf: a) }
    if call.wanted[1] {
      let product = try builder.add(Mul(), quotient, call.outputs[0])
      gradients[1] = try builder.summed(builder.scaled(product, by: -1), toShapeOf: b)
    }
    return gradients
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds a quotient of two values.
  public func quotient(_ a: Value, _ b: Value) throws -> Value { try add(Div(), a, b) }
}
