import Tensors

/// The sum of squares over some axes.
public struct ReduceSumSquare: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "ReduceSumSquare"
  /// The axes are an input since opset 18.
  public static let attributeInputs: Set<Int> = [1]
  /// Which axes, and whether they stay.
  public var reduction: Reduction

  /// Makes the operator; no axes means all of them.
  public init(axes: [Int], keepDimensions: Bool) { reduction = Reduction(axes: axes, keepDimensions: keepDimensions) }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { reduction = try Reduction(record: record) }

  /// The operator as opset 17 has it.
  public func form() -> NodeForm { reduction.form(Self.kind) }

  /// The input's shape with the axes removed or 1.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [try reduction.outputType(for: inputs[0]!)]
  }

  /// The sums in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try reduction.folded(inputs[0]!, initial: 0) { $0 + $1 * $1 }]
  }

  /// dx = 2 * dy * x.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let x = call.inputs[0]!
    let spread = try reduction.spread(builder.scaled(call.gradient, by: 2), toShapeOf: x, in: builder)
    return [try builder.product(spread, x)]
  }

  /// The axes that stay are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    reduction.couple(call, into: &coupling)
  }
}
