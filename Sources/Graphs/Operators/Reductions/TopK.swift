import Tensors

/// The k largest (or smallest) elements along an axis, in order, and their places (int64). Of equal elements the first
/// come first; NaN counts as the largest.
public struct TopK: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "TopK"
  /// k is input 1 since opset 10.
  public static let attributeInputs: Set<Int> = [1]
  /// How many elements are taken.
  public var count: Int
  /// The axis, counted from the end where negative.
  public var axis: Int
  /// Whether the largest are taken rather than the smallest.
  public var takesLargest: Bool
  /// Whether the order matters to the network; the elements come out sorted in any case.
  public var isSorted: Bool

  /// Makes the operator.
  public init(count: Int, axis: Int = -1, takesLargest: Bool = true, isSorted: Bool = true) {
    self.count = count
    self.axis = axis
    self.takesLargest = takesLargest
    self.isSorted = isSorted
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axis", "k", "largest", "sorted")
    guard let count = try record.int("k") ?? record.integers(at: 1)?.first, count >= 0 else {
      throw PareError(.badInput, "k is missing or negative", context: ["node": record.name, "operator": record.type])
    }
    self.init(
      count: count, axis: try record.int("axis") ?? -1, takesLargest: try record.int("largest") ?? 1 == 1,
      isSorted: try record.int("sorted") ?? 1 == 1)
  }

  /// The operator as opset 11 has it.
  public func form() -> NodeForm {
    NodeForm(
      Self.kind,
      ["axis": .int(axis), "largest": .int(takesLargest ? 1 : 0), "sorted": .int(isSorted ? 1 : 0)],
      constantInputs: [1: Tensor([Int64(count)])])
  }

  /// The input's shape with k along the axis: the elements, and their places.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard var shape = type.shape else { return [type, ValueType(.int64, nil)] }
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    guard shape.rank > 0, let extent = shape[axis].fixedExtent else {
      throw PareError(
        .unsupported, "the \(count) largest along axis \(axis) of \(shape), which depends on the batch size")
    }
    guard count <= extent else {
      throw PareError(.badInput, "the \(count) largest of \(extent) elements along axis \(axis) of \(shape)")
    }
    shape[axis] = .fixed(count)
    return [ValueType(type.dataType, shape), ValueType(.int64, shape)]
  }

  /// The elements and their places.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let axis = try Shape.normalizedAxis(axis, rank: x.shape.rank)
    var shape = x.shape
    shape[axis] = count
    let values = x.doubles
    var sources = [Int](repeating: 0, count: shape.count)
    var places = [Int64](repeating: 0, count: shape.count)
    var targets: [StrideTo<Int>] = []
    try AxisLines(of: shape, axis: axis).forEach { targets.append($0) }
    var line = 0
    try AxisLines(of: x.shape, axis: axis).forEach { indices in
      let ranked = indices.enumerated().sorted { isBefore(values[$0.element], values[$1.element]) }
      for (target, winner) in zip(targets[line], ranked) {
        (sources[target], places[target]) = (winner.element, Int64(winner.offset))
      }
      line += 1
    }
    return [x.gathering(sources, shape: shape), Tensor(places, shape: shape)]
  }

  /// Whether one element comes before another; the sort is stable.
  private func isBefore(_ a: Double, _ b: Double) -> Bool {
    if a.isNaN || b.isNaN { return takesLargest ? a.isNaN && !b.isNaN : b.isNaN && !a.isNaN }
    return takesLargest ? a > b : a < b
  }

  /// dy goes back to where the elements stood.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let shape = try builder.shape(of: call.inputs[0]!)
    return [try builder.add(TopKGradient(axis: axis, inputShape: shape), call.gradient, call.outputs[1])]
  }

  /// The other axes pass through; along its own no index can go without changing the rest.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let blocked = try? Shape.normalizedAxis(axis, rank: shape.rank) else {
      return
    }
    for output in call.outputs.indices where !call.outputs[output].isEmpty {
      for other in shape.dimensions.indices where other != blocked {
        coupling.tie(call.input(0, axis: other), call.output(output, axis: other), count: shape[other])
      }
      let reason = "\(call.outputs[0]): the largest along axis \(axis)"
      coupling.block(call.input(0, axis: blocked), count: shape[blocked], reason: reason)
      coupling.block(call.output(output, axis: blocked), count: count, reason: reason)
    }
  }
}

/// The gradient of `TopK`: inputs dy and the places; zeros with dy where the elements stood.
public struct TopKGradient: Operator {
  /// The operation's name.
  public static let kind = "TopKGradient"
  /// The axis.
  public let axis: Int
  /// The shape of the input.
  public let inputShape: ValueShape

  /// Makes the operator.
  public init(axis: Int, inputShape: ValueShape) {
    self.axis = axis
    self.inputShape = inputShape
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(inputs[0]!.type.dataType, inputShape)]
  }

  /// dy put back.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, places) = (inputs[0]!, inputs[1]!.integers)
    let shape = inputShape.bound(toBatch: context.batch)
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let block = dy.shape[axis] * inner
    let offsets = places.enumerated().map { index, place in
      index / max(block, 1) * shape[axis] * inner + place * inner + index % inner
    }
    return [dy.scattered(to: offsets, shape: shape)]
  }
}

extension GraphBuilder {
  /// Adds the k largest elements along an axis, the last where omitted, and their places.
  public func largest(_ count: Int, of x: Value, axis: Int = -1) throws -> (values: Value, places: Value) {
    let outputs = try add(TopK(count: count, axis: axis), [x])
    return (outputs[0], outputs[1])
  }
}
