import Tensors

/// The product of two tensors, with broadcasting.
public struct Mul: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Mul"

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
      case (.fixed(let x), .fixed(let y)): .fixed(x &* y)
      case (.batch, .fixed(let y)): a * y
      case (.fixed(let x), .batch): b * x
      default: nil
      }
    }
  }

  /// a * b; integers wrap around.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try inputs[0]!.broadcastElements(with: inputs[1]!, floats: *, integers: &*)]
  }

  /// A parameter of one number per channel scales it and is trained; a single number is a constant.
  public func role(ofInput index: Int) -> ParameterRole { .normalizationScale }

  /// da = dy * b and db = dy * a, each summed where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (a, b) = (call.inputs[0]!, call.inputs[1]!)
    var gradients: [Value?] = [nil, nil]
    if call.wanted[0] { gradients[0] = try builder.summed(builder.add(Mul(), call.gradient, b), toShapeOf: a) }
    if call.wanted[1] { gradients[1] = try builder.summed(builder.add(Mul(), call.gradient, a), toShapeOf: b) }
    return gradients
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds a product of two values.
  public func product(_ a: Value, _ b: Value) throws -> Value { try add(Mul(), a, b) }

  /// Adds a product with a number.
  public func scaled(_ a: Value, by factor: Float) throws -> Value { try add(Mul(), a, scalar(factor)) }
}
