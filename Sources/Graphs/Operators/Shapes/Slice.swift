import Tensors

/// Part of a tensor: along some axes every step-th index from a start up to (excluding) an end.
///
/// As in numpy, negative starts and ends count from the end and both are clamped to the extent; a negative step runs
/// backwards. `Int.max` and `Int.min` mean "to the very end". An axis that depends on the batch can only be taken whole.
public struct Slice: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Slice"
  /// Starts, ends, axes and steps are inputs since opset 10.
  public static let attributeInputs: Set<Int> = [1, 2, 3, 4]
  /// The first index along each of the axes.
  public var starts: [Int]
  /// Where each range ends, exclusive.
  public var ends: [Int]
  /// The axes that are cut.
  public var axes: [Int]
  /// The distance between indices, not 0.
  public var steps: [Int]

  /// Makes the operator; all lists are equally long.
  public init(starts: [Int], ends: [Int], axes: [Int], steps: [Int]? = nil) {
    self.starts = starts
    self.ends = ends
    self.axes = axes
    self.steps = steps ?? axes.map { _ in 1 }
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("starts", "ends", "axes")
    let starts = try record.ints("starts") ?? record.integers(at: 1) ?? []
    let ends = try record.ints("ends") ?? Self.ends(of: record) ?? []
    let axes = try record.ints("axes") ?? record.integers(at: 3) ?? Array(0..<starts.count)
    let steps = try record.integers(at: 4) ?? axes.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count,
      steps.allSatisfy({ $0 != 0 })
    else {
      throw PareError(
        .badInput, "starts \(starts), ends \(ends), axes \(axes), steps \(steps) do not fit together",
        context: ["node": record.name, "operator": record.type])
    }
    self.init(starts: starts, ends: ends, axes: axes, steps: steps)
  }

  /// The ends; one that is the extent of the axis itself (of the batch, for instance) becomes "to the very end".
  private static func ends(of record: NodeRecord) throws -> [Int]? {
    guard let dimensions = try record.dimensions(at: 2) else { return nil }
    if dimensions.allSatisfy({ $0.fixedExtent != nil }) { return dimensions.compactMap(\.fixedExtent) }
    let shape = try record.requiredInput(0).knownShape()
    let axes = try record.integers(at: 3) ?? Array(dimensions.indices)
    return try zip(dimensions, axes).map { dimension, axis in
      if let extent = dimension.fixedExtent { return extent }
      guard try shape[Shape.normalizedAxis(axis, rank: shape.rank)] == dimension else {
        throw record.unsupported("an end of \(dimension) on an axis of another extent")
      }
      return .max
    }
  }

  /// The operator as opset 10 has it.
  public func form() -> NodeForm {
    let lists = [starts, ends, axes, steps].map { Tensor($0.map { Int64($0) }) }
    return NodeForm(Self.kind, constantInputs: [1: lists[0], 2: lists[1], 3: lists[2], 4: lists[3]])
  }

  /// What is taken along the i-th of the axes, of extent `extent`: the first index, how many, and their distance.
  private func run(_ i: Int, extent: Int) -> (first: Int, count: Int, step: Int) {
    guard extent > 0 else { return (0, 0, 1) }
    // Both are kept within the extent, so that nothing below overflows.
    let step = min(max(steps[i], -extent), extent)
    let start = starts[i] < 0 ? starts[i] + extent : starts[i]
    let end = ends[i] < 0 ? ends[i] + extent : ends[i]
    if step > 0 {
      let (first, limit) = (min(max(start, 0), extent), min(max(end, 0), extent))
      return (first, first < limit ? (limit - first + step - 1) / step : 0, step)
    }
    let (first, limit) = (min(max(start, 0), extent - 1), min(max(end, -1), extent - 1))
    return (first, first > limit ? (first - limit - step - 1) / -step : 0, step)
  }

  /// The indices that are taken along the i-th of the axes, of extent `extent`.
  func indices(_ i: Int, extent: Int) -> [Int] {
    let run = run(i, extent: extent)
    return (0..<run.count).map { run.first + $0 * run.step }
  }

  /// The indices taken along every axis of a shape.
  /// - Throws: `PareError.badInput` for an axis that does not exist or is given twice.
  package func indices(of shape: Shape) throws -> [[Int]] {
    var lists = shape.dimensions.map { Array(0..<$0) }
    for (i, axis) in try resolvedAxes(rank: shape.rank).enumerated() { lists[axis] = indices(i, extent: shape[axis]) }
    return lists
  }

  private func resolvedAxes(rank: Int) throws -> [Int] {
    let resolved = try axes.map { try Shape.normalizedAxis($0, rank: rank) }
    guard Set(resolved).count == resolved.count, rank > 0 || axes.isEmpty else {
      throw PareError(.badInput, "axes \(axes) of a value of rank \(rank)")
    }
    return resolved
  }

  private func isWhole(_ i: Int) -> Bool { starts[i] == 0 && ends[i] >= Int(Int32.max) && steps[i] == 1 }

  /// The extents of the parts taken.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard var shape = type.shape else { return [ValueType(type.dataType, nil)] }
    for (i, axis) in try resolvedAxes(rank: shape.rank).enumerated() where !isWhole(i) {
      guard let extent = shape[axis].fixedExtent else {
        throw PareError(.unsupported, "a slice of axis \(axis) of \(shape), which depends on the batch size")
      }
      shape[axis] = .fixed(run(i, extent: extent).count)
    }
    return [ValueType(type.dataType, shape)]
  }

  /// The part of a known list.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard let fact = inputs[0], fact.type.shape?.rank == 1, let known = fact.integerDimensions else { return nil }
    return try? indices(of: [known.count])[0].map { known[$0] }
  }

  /// The elements at the indices.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let lists = try indices(of: x.shape)
    return [x.gathering(IndexedCopy.offsets(lists, strides: x.shape.strides), shape: Shape(lists.map(\.count)))]
  }

  /// dx is dy at the indices taken and 0 elsewhere.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let shape = try builder.shape(of: call.inputs[0]!)
    return [try builder.add(SliceGradient(slice: self, inputShape: shape), call.gradient)]
  }

  /// Output index i is the input's i-th taken index. A channel axis that is cut with steps blocks, since what is left
  /// of it need not be evenly spaced; spatial axes cut with steps are not declared.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let lists = try? indices(of: shape) else { return }
    for (axis, list) in lists.enumerated() {
      let isStepped = zip(list, list.dropFirst()).contains { abs($1 - $0) > 1 }
      if isStepped {
        guard axis < 2 || shape.rank < 3 else { continue }
        let reason = "\(call.outputs[0]): slice with steps along axis \(axis)"
        coupling.block(call.input(0, axis: axis), count: shape[axis], reason: reason)
        coupling.block(call.output(axis: axis), count: list.count, reason: reason)
        continue
      }
      for (index, source) in list.enumerated() {
        coupling.tie(
          call.input(0, axis: axis), source, of: shape[axis], call.output(axis: axis), index, of: list.count)
      }
    }
  }

  /// Starts and ends among the kept indices.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator {
    let shape = call.inputShape(0)!
    var result = self
    for (i, axis) in try resolvedAxes(rank: shape.rank).enumerated() {
      guard let survivors = kept[call.input(0, axis: axis)] else { continue }
      let taken = indices(i, extent: shape[axis])
      let positions = Dictionary(uniqueKeysWithValues: survivors.enumerated().map { ($1, $0) })
      let places = taken.compactMap { positions[$0] }
      let steps = Set(zip(places, places.dropFirst()).map { $1 - $0 })
      guard steps.count <= 1 else {
        throw PareError(
          .internalFault, "the indices \(places) left of a slice along axis \(axis) are not evenly spaced",
          context: ["value": call.outputs[0]])
      }
      let step = steps.first ?? 1
      result.starts[i] = places.first ?? 0
      result.steps[i] = step
      let end = places.last.map { $0 + step } ?? 0
      result.ends[i] = end < 0 ? Int.min : end
    }
    return result
  }
}

/// The gradient of `Slice`: input dy; zeros of the slice's input shape with dy at the indices that were taken.
public struct SliceGradient: Operator {
  /// The operation's name.
  public static let kind = "SliceGradient"
  /// The slice that is differentiated.
  public let slice: Slice
  /// The shape of its input.
  public let inputShape: ValueShape

  /// Makes the operator.
  public init(slice: Slice, inputShape: ValueShape) {
    self.slice = slice
    self.inputShape = inputShape
  }

  /// The shape of the slice's input.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(inputs[0]!.type.dataType, inputShape)]
  }

  /// dy put back in its place.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let shape = inputShape.bound(toBatch: context.batch)
    let offsets = IndexedCopy.offsets(try slice.indices(of: shape), strides: shape.strides)
    return [inputs[0]!.scattered(to: offsets, shape: shape)]
  }
}

extension GraphBuilder {
  /// Adds a slice along one axis: the indices from `start` up to (excluding) `end`, every `step`-th of them.
  public func slice(
    _ x: Value, axis: Int, from start: Int = 0, to end: Int = .max, step: Int = 1
  ) throws -> Value {
    try add(Slice(starts: [start], ends: [end], axes: [axis], steps: [step]), x)
  }
}
