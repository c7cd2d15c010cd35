import Tensors

/// The slices of a tensor at given indices along one axis; the indices' axes take that axis' place.
///
/// Inputs: data and indices (int32 or int64; negative ones count from the end). y[.., i, ..] = data[.., indices[i], ..].
public struct Gather: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Gather"
  /// The axis, counted from the end where negative.
  public var axis: Int

  /// Makes the operator.
  public init(axis: Int = 0) { self.axis = axis }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axis")
    axis = try record.int("axis") ?? 0
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["axis": .int(axis)]) }

  /// The data's shape with the axis replaced by the indices' axes.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard !inputs[1]!.type.dataType.isFloat else { throw PareError(.badInput, "the indices are no integers") }
    guard let data = type.shape, let indices = inputs[1]!.type.shape else { return [ValueType(type.dataType, nil)] }
    guard data.rank > 0 else { throw PareError(.badInput, "a single number has no axis to gather along") }
    let axis = try Shape.normalizedAxis(axis, rank: data.rank)
    let dimensions = data.dimensions[..<axis] + indices.dimensions[...] + data.dimensions[(axis + 1)...]
    return [ValueType(type.dataType, ValueShape(Array(dimensions)))]
  }

  /// The elements of a known list at known indices.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard inputs[0]?.type.shape?.rank == 1, let data = inputs[0]?.integerDimensions,
      (inputs[1]?.type.shape?.rank ?? 2) <= 1, let indices = inputs[1]?.integerDimensions
    else { return nil }
    let picked = indices.compactMap { index -> Dimension? in
      guard let index = index.fixedExtent else { return nil }
      let place = index < 0 ? index + data.count : index
      return data.indices.contains(place) ? data[place] : nil
    }
    return picked.count == indices.count ? picked : nil
  }

  /// A table of embeddings is a weight.
  public func role(ofInput index: Int) -> ParameterRole { index == 0 ? .weight : .constant }

  /// The offset in the data of every element of the result.
  func offsets(data: Shape, indices: Tensor) throws -> [Int] {
    let axis = try Shape.normalizedAxis(axis, rank: data.rank)
    let extent = data[axis]
    let places = try indices.integers.map { index in
      let place = index < 0 ? index + extent : index
      guard place >= 0, place < extent else {
        throw PareError(.badInput, "index \(index) along axis \(axis) of a tensor of shape \(data)")
      }
      return place
    }
    var lists = data.dimensions.map { Array(0..<$0) }
    lists[axis] = places
    return IndexedCopy.offsets(lists, strides: data.strides)
  }

  /// The slices.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (data, indices) = (inputs[0]!, inputs[1]!)
    let axis = try Shape.normalizedAxis(axis, rank: data.shape.rank)
    let dimensions = data.shape.dimensions
    let shape = Shape(Array(dimensions[..<axis]) + indices.shape.dimensions + Array(dimensions[(axis + 1)...]))
    return [data.gathering(try offsets(data: data.shape, indices: indices), shape: shape)]
  }

  /// The gradient by the data: dy added up at the indices it came from.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    guard call.wanted[0] else { return [nil, nil] }
    let shape = try builder.shape(of: call.inputs[0]!)
    return [try builder.add(GatherGradient(gather: self, dataShape: shape), call.gradient, call.inputs[1]!), nil]
  }

  /// The other axes pass through; the axis itself and the indices block.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let data = call.inputShape(0), let indices = call.inputShape(1),
      let axis = try? Shape.normalizedAxis(axis, rank: data.rank)
    else { return }
    let others = data.dimensions.indices.filter { $0 != axis }
    coupling.tieAxes(others.map { ($0, $0 < axis ? $0 : $0 + indices.rank - 1) }, of: call)
    let reason = "\(call.outputs[0]): gathering along axis \(axis)"
    coupling.block(call.input(0, axis: axis), count: data[axis], reason: reason)
    for (i, extent) in indices.dimensions.enumerated() {
      coupling.block(call.input(1, axis: i), count: extent, reason: reason)
      coupling.block(call.output(axis: axis + i), count: extent, reason: reason)
    }
  }
}

/// The gradient of `Gather` by its data: inputs dy and the indices; dy is added up where it came from.
public struct GatherGradient: Operator {
  /// The operation's name.
  public static let kind = "GatherGradient"
  /// The operator that is differentiated.
  public let gather: Gather
  /// The shape of its data.
  public let dataShape: ValueShape

  /// Makes the operator.
  public init(gather: Gather, dataShape: ValueShape) {
    self.gather = gather
    self.dataShape = dataShape
  }

  /// The data's shape.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(inputs[0]!.type.dataType, dataShape)]
  }

  /// The sums.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let shape = dataShape.bound(toBatch: context.batch)
    return [inputs[0]!.scattered(to: try gather.offsets(data: shape, indices: inputs[1]!), shape: shape)]
  }
}

extension GraphBuilder {
  /// Adds the slices of `data` at `indices` along an axis.
  public func gathered(_ data: Value, _ indices: Value, axis: Int = 0) throws -> Value {
    try add(Gather(axis: axis), data, indices)
  }
}
