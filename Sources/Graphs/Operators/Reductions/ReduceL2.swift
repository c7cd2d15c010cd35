import Tensors

/// The root of the sum of squares over some axes.
public struct ReduceL2: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "ReduceL2"
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

  /// The roots in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let squares = try reduction.folded(inputs[0]!.cast(to: .float64), initial: 0) { $0 + $1 * $1 }
    return [
      Tensor(doubles: squares.doubles.map { $0.squareRoot() }, shape: squares.shape, dataType: inputs[0]!.dataType)
    ]
  }

  /// dx = dy * x / y, and 0 where y is 0.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let x = call.inputs[0]!
    let divisor = try builder.add(Clip(minimum: Double(Float.leastNormalMagnitude), maximum: nil), call.outputs[0])
    let spread = try reduction.spread(builder.quotient(call.gradient, divisor), toShapeOf: x, in: builder)
    return [try builder.product(spread, x)]
  }

  /// The axes that stay are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    reduction.couple(call, into: &coupling)
  }
}
