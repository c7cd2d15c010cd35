import Tensors

/// A tensor cut into parts along one axis, one output each (ONNX's `Split`).
public struct AxisSplit: ONNXOperator, Differentiable, ChannelCoupled {
  /// How long the parts are.
  public enum Parts: Sendable, Hashable, CustomStringConvertible {
    /// So many parts of equal length.
    case equal(Int)
    /// These lengths, which add up to the axis' extent.
    case lengths([Int])

    /// `3 equal parts` or `parts of [1, 2]`.
    public var description: String {
      switch self {
      case .equal(let count): "\(count) equal parts"
      case .lengths(let lengths): "parts of \(lengths)"
      }
    }

    /// How many there are.
    public var count: Int {
      switch self {
      case .equal(let count): count
      case .lengths(let lengths): lengths.count
      }
    }
  }

  /// The ONNX type.
  public static let kind = "Split"
  /// The lengths are an input since opset 13.
  public static let attributeInputs: Set<Int> = [1]
  /// The axis, counted from the end where negative.
  public var axis: Int
  /// The parts.
  public var parts: Parts

  /// Makes the operator.
  public init(axis: Int = 0, parts: Parts) {
    self.axis = axis
    self.parts = parts
  }

  /// Reads the operator from a file's node. A number of outputs that does not divide the axis (opset 18) makes parts of
  /// the rounded-up length and a shorter last one.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axis", "split", "num_outputs")
    axis = try record.int("axis") ?? 0
    let count = record.outputCount
    if let asked = try record.int("num_outputs"), asked != count {
      throw PareError(
        .badInput, "num_outputs is \(asked), and the node has \(count) outputs",
        context: ["node": record.name, "operator": record.type])
    }
    if let lengths = try record.ints("split") ?? record.integers(at: 1) {
      parts = .lengths(lengths)
    } else if let shape = record.input(0)?.type.shape, shape.rank > 0, count > 0, record.opset >= 18,
      let extent = shape[try Shape.normalizedAxis(axis, rank: shape.rank)].fixedExtent, extent % count != 0
    {
      let length = (extent + count - 1) / count
      parts = .lengths((0..<count).map { max(min(length, extent - $0 * length), 0) })
    } else {
      parts = .equal(count)
    }
    if case .lengths(let lengths) = parts, lengths.contains(where: { $0 < 0 }) || lengths.count != count {
      throw PareError(
        .badInput, "lengths \(lengths) for \(count) parts", context: ["node": record.name, "operator": record.type])
    }
  }

  /// The operator as opset 13 has it.
  public func form() -> NodeForm {
    var form = NodeForm(Self.kind, ["axis": .int(axis)])
    if case .lengths(let lengths) = parts { form.constantInputs[1] = Tensor(lengths.map { Int64($0) }) }
    return form
  }

  /// The lengths along an axis of this extent.
  /// - Throws: `PareError.badInput` where they do not add up.
  private func extents(of extent: Dimension) throws -> [Dimension] {
    switch (parts, extent) {
    case (.equal(let count), .fixed(let whole)) where count > 0 && whole % count == 0:
      return Array(repeating: .fixed(whole / count), count: count)
    case (.equal(let count), .batch(let multiple)) where count > 0 && multiple % count == 0:
      return Array(repeating: .batch(multiple / count), count: count)
    case (.lengths(let lengths), .fixed(let whole)) where lengths.reduce(0, +) == whole:
      return lengths.map { .fixed($0) }
    default: throw PareError(.badInput, "an axis of extent \(extent) does not split into \(parts)")
    }
  }

  /// Where each part starts along the axis of a shape, and where the last ends.
  /// - Throws: `PareError.badInput` where the parts do not add up.
  package func bounds(in shape: Shape) throws -> [Int] {
    let extent = shape[try Shape.normalizedAxis(axis, rank: shape.rank)]
    return try extents(of: .fixed(extent)).reduce(into: [0]) { $0.append($0.last! + $1.bound(toBatch: 1)) }
  }

  /// The input's shape with each part's length along the axis.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let shape = type.shape else { return Array(repeating: ValueType(type.dataType, nil), count: parts.count) }
    guard shape.rank > 0 else { throw PareError(.badInput, "a single number cannot be split") }
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    return try extents(of: shape[axis]).map { extent in
      var part = shape
      part[axis] = extent
      return ValueType(type.dataType, part)
    }
  }

  /// The first part of a known list.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard inputs[0]?.type.shape?.rank == 1, let known = inputs[0]?.integerDimensions,
      let bounds = try? bounds(in: [known.count]), bounds.count > 1
    else { return nil }
    return Array(known[..<bounds[1]])
  }

  /// The parts, bit by bit.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let axis = try Shape.normalizedAxis(axis, rank: x.shape.rank)
    let bounds = try bounds(in: x.shape)
    return zip(bounds, bounds.dropFirst()).map { x.selecting(Array($0..<$1), axis: axis) }
  }

  /// dx is the parts' gradients end to end, zeros where a part has none.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let parts = try call.outputGradients.enumerated().map { index, gradient in
      try gradient ?? builder.add(ConstantOfShape(shape: builder.shape(of: call.outputs[index])))
    }
    return [try builder.concatenation(parts, axis: axis)]
  }

  /// Index i of a part is index start + i of the input; the other axes pass through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let axis = try? Shape.normalizedAxis(axis, rank: shape.rank),
      let bounds = try? bounds(in: shape)
    else { return }
    for (part, output) in call.outputs.enumerated() where !output.isEmpty {
      for other in shape.dimensions.indices where other != axis {
        coupling.tie(call.input(0, axis: other), call.output(part, axis: other), count: shape[other])
      }
      let length = bounds[part + 1] - bounds[part]
      for index in 0..<length {
        coupling.tie(
          call.input(0, axis: axis), bounds[part] + index, of: shape[axis], call.output(part, axis: axis), index,
          of: length)
      }
    }
  }

  /// The lengths that are kept.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator {
    let shape = call.inputShape(0)!
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    guard let survivors = kept[call.input(0, axis: axis)] else { return self }
    let bounds = try bounds(in: shape)
    var result = self
    result.parts = .lengths(
      zip(bounds, bounds.dropFirst()).map { start, end in survivors.count { start <= $0 && $0 < end } })
    return result
  }
}

extension GraphBuilder {
  /// Cuts a value into so many equal parts; the default axis is the channels'.
  public func split(_ x: Value, into count: Int, axis: Int = 1) throws -> [Value] {
    try add(AxisSplit(axis: axis, parts: .equal(count)), [x])
  }

  /// Cuts a value into parts of these lengths; the default axis is the channels'.
  public func split(_ x: Value, lengths: [Int], axis: Int = 1) throws -> [Value] {
    try add(AxisSplit(axis: axis, parts: .lengths(lengths)), [x])
  }
}
