import Tensors

/// The mean over some axes; of no elements it is NaN.
public struct ReduceMean: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "ReduceMean"
  /// The axes are an input since opset 18.
  public static let attributeInputs: Set<Int> = [1]
  /// Which axes, and whether they stay.
  public var reduction: Reduction

  /// Makes the operator; no axes means all of them.
  public init(axes: [Int], keepDimensions: Bool) { reduction = Reduction(axes: axes, keepDimensions: keepDimensions) }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { reduction = try Reduction(record: record) }

  /// The operator as opset 17 has it; a mean over nothing, which opset 17 cannot say, is an Identity.
  public func form() -> NodeForm {
    reduction.isNothingForNone && reduction.axes.isEmpty
      ? NodeForm(Identity.kind) : reduction.formWithAxesAttribute(Self.kind)
  }

  /// The input's shape with the axes removed or 1.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [try reduction.outputType(for: inputs[0]!)]
  }

  /// The means in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let shape = inputs[0]!.shape
    let count = try reduction.resolvedAxes(rank: shape.rank).reduce(1) { $0 * shape[$1] }
    let sum = try reduction.folded(inputs[0]!.cast(to: .float64), initial: 0, +)
    return [Tensor(doubles: sum.doubles.map { $0 / Double(count) }, shape: sum.shape, dataType: inputs[0]!.dataType)]
  }

  /// dx = dy / elements per mean, repeated along the axes.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let shape = try builder.shape(of: call.inputs[0]!)
    let axes = try reduction.resolvedAxes(rank: shape.rank)
    let part = try builder.quotient(call.gradient, builder.count(ValueShape(axes.map { shape[$0] })))
    return [try reduction.spread(part, toShapeOf: call.inputs[0]!, in: builder)]
  }

  /// The axes that stay are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    reduction.couple(call, into: &coupling)
  }
}

extension GraphBuilder {
  /// Adds a mean over axes (all where none are given).
  public func mean(_ x: Value, axes: [Int] = [], keepDimensions: Bool = false) throws -> Value {
    try add(ReduceMean(axes: axes, keepDimensions: keepDimensions), x)
  }

  /// A float32 scalar with a number of elements; extents that depend on the batch are sums of ones.
  func count(_ shape: ValueShape) throws -> Value {
    let fixed = shape.dimensions.compactMap(\.fixedExtent).reduce(1, *)
    var count: Value?
    for dimension in shape.dimensions where dimension.fixedExtent == nil {
      let ones = try add(Expand(to: [dimension]), parameter("one", Tensor(repeating: Float(1), shape: [1])))
      let extent = try add(ReduceSum(axes: [0], keepDimensions: false), ones)
      count = try count.map { try product($0, extent) } ?? extent
    }
    guard let count else { return scalar(Float(fixed)) }
    return fixed == 1 ? count : try scaled(count, by: Float(fixed))
  }
}
