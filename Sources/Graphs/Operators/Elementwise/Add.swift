import Tensors

/// The sum of two tensors, with broadcasting.
public struct Add: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Add"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The broadcast shape.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Elementwise.outputTypes(for: inputs) }

  /// The sums, where both inputs are known integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    Elementwise.symbolicOutput(for: inputs) { a, b in
      switch (a, b) {
      case (.fixed(let x), .fixed(let y)): .fixed(x + y)
      case (.batch(let x), .batch(let y)): .batch(x + y)
      case (.batch(let x), .fixed(0)), (.fixed(0), .batch(let x)): .batch(x)
      default: nil
      }
    }
  }

  /// a + b; integers wrap around.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try inputs[0]!.broadcastElements(with: inputs[1]!, floats: +, integers: &+)]
  }

  /// A parameter that is added is a bias, unless it is a single number.
  public func role(ofInput index: Int) -> ParameterRole { .bias }

  /// da = dy and db = dy, each summed where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    try call.inputs.enumerated().map { index, input in
      call.wanted[index] ? try builder.summed(call.gradient, toShapeOf: input!) : nil
    }
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds a sum of two values.
  public func sum(_ a: Value, _ b: Value) throws -> Value { try add(Add(), a, b) }
}
