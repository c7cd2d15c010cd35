import Tensors

/// The axes that a reduction removes, and what all reductions share.
public struct Reduction: Sendable, Hashable {
  /// The axes; none means all, unless `isNothingForNone`.
  public var axes: [Int]
  /// Whether reduced axes stay with extent 1.
  public var keepDimensions: Bool
  /// Whether an empty list of axes reduces nothing (ONNX's noop_with_empty_axes).
  public var isNothingForNone = false

  /// Makes a reduction.
  public init(axes: [Int], keepDimensions: Bool) {
    self.axes = axes
    self.keepDimensions = keepDimensions
  }

  /// Reads the axes from an attribute (older opsets) or from input 1.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axes", "keepdims", "noop_with_empty_axes")
    axes = try record.ints("axes") ?? record.integers(at: 1) ?? []
    keepDimensions = try record.int("keepdims") ?? 1 == 1
    isNothingForNone = try record.int("noop_with_empty_axes") ?? 0 == 1
  }

  /// The form with the axes as input 1, as ReduceSum has it since opset 13.
  func formWithAxesInput(_ type: String) -> NodeForm {
    var form = NodeForm(type, ["keepdims": .int(keepDimensions ? 1 : 0)])
    if isNothingForNone { form.attributes["noop_with_empty_axes"] = .int(1) }
    if !axes.isEmpty { form.constantInputs[1] = Tensor(axes.map { Int64($0) }) }
    return form
  }

  /// The form with the axes as attribute, as the other reductions have it until opset 17.
  func formWithAxesAttribute(_ type: String) -> NodeForm {
    var form = NodeForm(type, ["keepdims": .int(keepDimensions ? 1 : 0)])
    if !axes.isEmpty { form.attributes["axes"] = .ints(axes) }
    return form
  }

  /// The form that reductions other than sums have: axes as attribute until opset 17; from 18 on, which alone can say that
  /// no axes means none, as input.
  func form(_ type: String) -> NodeForm {
    guard isNothingForNone, axes.isEmpty else { return formWithAxesAttribute(type) }
    var form = formWithAxesInput(type)
    form.opsets = 18...Int.max
    return form
  }

  /// The axes counted from the front, in rising order.
  public func resolvedAxes(rank: Int) throws -> [Int] {
    if axes.isEmpty { return isNothingForNone ? [] : Array(0..<rank) }
    return try Set(axes.map { try Shape.normalizedAxis($0, rank: rank) }).sorted()
  }

  func outputType(for input: InputFact) throws -> ValueType {
    guard let shape = input.type.shape else { return input.type }
    let reduced = Set(try resolvedAxes(rank: shape.rank))
    let dimensions = shape.dimensions.enumerated().compactMap { axis, extent in
      reduced.contains(axis) ? (keepDimensions ? Dimension.fixed(1) : nil) : extent
    }
    return ValueType(input.type.dataType, ValueShape(dimensions))
  }

  /// For every element of a shape the place of its result, and the results' shape with reduced axes as 1.
  func places(in shape: Shape) throws -> (places: [Int], kept: Shape) {
    let reduced = try resolvedAxes(rank: shape.rank)
    let kept = Shape(shape.dimensions.enumerated().map { reduced.contains($0) ? 1 : $1 })
    return (Broadcasting.offsets(strides: Broadcasting.strides(of: kept, in: shape), over: shape), kept)
  }

  /// Folds the elements along the axes, in double precision.
  func folded(_ x: Tensor, initial: Double, _ combine: (Double, Double) -> Double) throws -> Tensor {
    let (places, kept) = try places(in: x.shape)
    var result = [Double](repeating: initial, count: kept.count)
    for (value, place) in zip(x.doubles, places) { result[place] = combine(result[place], value) }
    let reduced = try resolvedAxes(rank: x.shape.rank)
    let final = Shape(
      x.shape.dimensions.enumerated().compactMap { reduced.contains($0) ? (keepDimensions ? 1 : nil) : $1 })
    return Tensor(doubles: result, shape: final, dataType: x.dataType)
  }

  /// Per-result numbers repeated along the reduced axes.
  func spread(_ results: Value, toShapeOf input: Value, in builder: GraphBuilder) throws -> Value {
    let shape = try builder.shape(of: input)
    let reduced = try resolvedAxes(rank: shape.rank)
    if reduced.isEmpty { return results }
    let kept = ValueShape(shape.dimensions.enumerated().map { reduced.contains($0) ? .fixed(1) : $1 })
    let aligned = try builder.shape(of: results) == kept ? results : builder.add(Reshape(to: kept), results)
    return try builder.add(Expand(to: shape), aligned)
  }

  func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let reduced = try? resolvedAxes(rank: shape.rank) else { return }
    var target = 0
    for axis in shape.dimensions.indices {
      if reduced.contains(axis) {
        if shape[axis] > 1 {
          coupling.block(
            call.input(0, axis: axis), count: shape[axis], reason: "\(call.outputs[0]): reduction over axis \(axis)")
        }
        if keepDimensions { target += 1 }
      } else {
        coupling.tie(call.input(0, axis: axis), call.output(axis: target), count: shape[axis])
        target += 1
      }
    }
  }
}
