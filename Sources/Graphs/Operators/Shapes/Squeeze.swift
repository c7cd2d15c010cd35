import Tensors

/// A tensor without some of its axes of extent 1.
public struct Squeeze: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Squeeze"
  /// The axes are an input since opset 13.
  public static let attributeInputs: Set<Int> = [1]
  /// The axes that go; nil for all that have extent 1.
  public var axes: [Int]?

  /// Makes the operator.
  public init(axes: [Int]? = nil) { self.axes = axes }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axes")
    axes = try record.ints("axes") ?? record.integers(at: 1)
    // Named here once, so that a batch axis does not go when the batch happens to be 1.
    if axes == nil, let shape = record.input(0)?.type.shape {
      axes = shape.dimensions.indices.filter { shape[$0] == .fixed(1) }
    }
  }

  /// The operator as opset 13 has it.
  public func form() -> NodeForm {
    NodeForm(Self.kind, constantInputs: axes.map { [1: Tensor($0.map { Int64($0) })] } ?? [:])
  }

  /// The axes that stay.
  private func keptAxes(of shape: ValueShape) throws -> [Int] {
    guard let axes else { return shape.dimensions.indices.filter { shape[$0] != .fixed(1) } }
    let gone = Set(try axes.map { try Shape.normalizedAxis($0, rank: shape.rank) })
    for axis in gone where shape.rank > 0 && shape[axis] != .fixed(1) {
      throw PareError(.badInput, "axis \(axis) of \(shape) has not extent 1")
    }
    return shape.dimensions.indices.filter { !gone.contains($0) }
  }

  /// The extents of the axes that stay.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let shape = type.shape else { return [ValueType(type.dataType, nil)] }
    return [ValueType(type.dataType, ValueShape(try keptAxes(of: shape).map { shape[$0] }))]
  }

  /// The elements, where they are known.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    inputs[0]?.type.shape.map { $0.rank <= 1 } == true ? inputs[0]?.integerDimensions : nil
  }

  /// The same elements.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    return [x.reshaped(to: Shape(try keptAxes(of: ValueShape(x.shape)).map { x.shape[$0] }))]
  }

  /// dx = dy under the input's shape.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(Reshape(to: builder.shape(of: call.inputs[0]!)), call.gradient)]
  }

  /// The axes that stay are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let kept = try? keptAxes(of: ValueShape(shape)),
      kept.count == call.outputShape().rank
    else { return coupling.blockAll(call, reason: "\(call.outputs[0]): squeeze of unnamed axes") }
    coupling.tieAxes(kept.enumerated().map { ($1, $0) }, of: call)
  }
}

extension GraphBuilder {
  /// Takes axes of extent 1 away.
  public func squeezed(_ x: Value, axes: [Int]) throws -> Value { try add(Squeeze(axes: axes), x) }
}
