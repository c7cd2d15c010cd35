import Tensors

/// The difference of two tensors, with broadcasting.
public struct Sub: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Sub"

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
      case (.fixed(let x), .fixed(let y)): .fixed(x &- y)
      case (.batch(let x), .batch(let y)): x == y ? .fixed(0) : .batch(x - y)
      case (.batch, .fixed(0)): a
      default: nil
      }
    }
  }

  /// a - b; integers wrap around.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try inputs[0]!.broadcastElements(with: inputs[1]!, floats: -, integers: &-)]
  }

  /// A parameter that is subtracted is a bias, unless it is a single number.
  public func role(ofInput index: Int) -> ParameterRole { .bias }

  /// da = dy and db = -dy, each summed where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    var gradients: [Value?] = [nil, nil]
    if call.wanted[0] { gradients[0] = try builder.summed(call.gradient, toShapeOf: call.inputs[0]!) }
    if call.wanted[1] {
      gradients[1] = try builder.summed(builder.scaled(call.gradient, by: -1), toShapeOf: call.inputs[1]!)
    }
    return gradients
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds a difference of two values.
  public func difference(_ a: Value, _ b: Value) throws -> Value { try add(Sub(), a, b) }
}
