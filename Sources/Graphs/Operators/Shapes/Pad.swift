import Tensors

/// A tensor with elements added (or, for negative counts, cut off) before and behind every axis.
public struct Pad: ONNXOperator, Differentiable, ChannelCoupled {
  /// What the added elements are.
  public enum Mode: String, Sendable, Hashable {
    /// One number everywhere.
    case constant
    /// Mirrored at the first and last element, which are not repeated.
    case reflect
    /// The first and last element repeated.
    case edge
    /// The tensor continued from its other end.
    case wrap
  }

  /// The ONNX type.
  public static let kind = "Pad"
  /// Pads and constant are inputs since opset 11, the axes since 18.
  public static let attributeInputs: Set<Int> = [1, 2, 3]
  /// Elements added before each axis; negative ones are cut off.
  public var before: [Int]
  /// Elements added behind each axis; negative ones are cut off.
  public var after: [Int]
  /// What is added.
  public var mode: Mode
  /// The number that is added in mode `constant`, as a tensor of one element of the input's type; nil for 0.
  public var value: Tensor?

  /// Makes the operator with one count per axis and side.
  public init(before: [Int], after: [Int], mode: Mode = .constant, value: Tensor? = nil) {
    precondition(before.count == after.count, "\(before.count) pads before and \(after.count) behind")
    self.before = before
    self.after = after
    self.mode = mode
    self.value = value
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("mode", "pads", "value")
    let pads = try record.ints("pads") ?? record.integers(at: 1) ?? []
    let name = try record.string("mode") ?? "constant"
    guard let mode = Mode(rawValue: name) else { throw record.unsupported("mode \"\(name)\" is not known") }
    var value = try record.constant(at: 2)
    if let number = try record.float("value"), number != 0 { value = Tensor(scalar: Float(number)) }
    if let given = value, given.count != 1 || given.doubles == [0] { value = nil }
    var before = Array(pads.prefix(pads.count / 2))
    var after = Array(pads.suffix(pads.count / 2))
    if let axes = try record.integers(at: 3) {
      let rank = try record.requiredInput(0).knownShape().rank
      guard axes.count == before.count else { throw Self.misfit(pads, rank: rank) }
      var (allBefore, allAfter) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
      for (i, axis) in axes.enumerated() {
        let axis = try Shape.normalizedAxis(axis, rank: rank)
        (allBefore[axis], allAfter[axis]) = (before[i], after[i])
      }
      (before, after) = (allBefore, allAfter)
    }
    guard before.count == after.count, pads.count % 2 == 0, pads.allSatisfy({ $0.magnitude <= 1 << 30 }) else {
      throw Self.misfit(pads, rank: before.count)
    }
    self.init(before: before, after: after, mode: mode, value: value)
  }

  /// The operator as opset 11 has it.
  public func form() -> NodeForm {
    var form = NodeForm(Self.kind, ["mode": .string(mode.rawValue)])
    form.constantInputs[1] = Tensor((before + after).map { Int64($0) })
    if mode == .constant, let value { form.constantInputs[2] = value.reshaped(to: []) }
    return form
  }

  private static func misfit(_ pads: [Int], rank: Int) -> PareError {
    PareError(.badInput, "pads \(pads) do not fit a value of rank \(rank)", context: ["operator": kind])
  }

  /// The extents with what is added and cut off.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard var shape = type.shape else { return [ValueType(type.dataType, nil)] }
    guard shape.rank == before.count else { throw Self.misfit(before + after, rank: shape.rank) }
    for axis in 0..<shape.rank where before[axis] != 0 || after[axis] != 0 {
      guard let extent = shape[axis].fixedExtent else {
        throw PareError(.unsupported, "padding of axis \(axis) of \(shape), which depends on the batch size")
      }
      let result = extent + before[axis] + after[axis]
      let room = mode == .reflect ? extent - 1 : mode == .edge || extent > 0 ? .max : 0
      guard result >= 0, mode == .constant || (extent > 0 && max(before[axis], after[axis]) <= room) else {
        throw PareError(.badInput, "axis \(axis) of \(shape) cannot be padded by \(before[axis]) and \(after[axis])")
      }
      shape[axis] = .fixed(result)
    }
    return [ValueType(type.dataType, shape)]
  }

  /// The input index of every output index along an axis; -1 where the constant stands.
  private func sources(axis: Int, extent: Int) -> [Int] {
    (0..<max(extent + before[axis] + after[axis], 0)).map { output in
      let index = output - before[axis]
      if index >= 0, index < extent { return index }
      switch mode {
      case .constant: return -1
      case .edge: return min(max(index, 0), extent - 1)
      case .reflect: return index < 0 ? -index : 2 * (extent - 1) - index
      case .wrap: return ((index % extent) + extent) % extent
      }
    }
  }

  /// The elements, and what is added around them.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let lists = x.shape.dimensions.enumerated().map { sources(axis: $0, extent: $1) }
    let offsets = IndexedCopy.offsets(lists, strides: x.shape.strides)
    return [x.gathering(offsets, shape: Shape(lists.map(\.count)), fill: value)]
  }

  /// dx is dy without what was added, and 0 where the input was cut off.
  /// - Throws: `PareError.unsupported` for modes other than `constant`.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    guard mode == .constant else {
      throw PareError(.unsupported, "padding in mode \(mode.rawValue) has no gradient")
    }
    return [try builder.add(Pad(before: before.map { -$0 }, after: after.map { -$0 }), call.gradient)]
  }

  /// Input index i is output index before + i. Indices that were added belong to no input, but may be removed: what
  /// they are added to decides. A padded channel axis blocks in the other modes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), shape.rank == before.count else { return }
    let output = call.outputShape()
    for axis in shape.dimensions.indices {
      let isPadded = before[axis] != 0 || after[axis] != 0
      if isPadded, mode != .constant || overlaps(axis: axis, extent: shape[axis]) {
        guard axis < 2 || shape.rank < 3 else { continue }
        let reason = "\(call.outputs[0]): padding of axis \(axis)"
        coupling.block(call.input(0, axis: axis), count: shape[axis], reason: reason)
        coupling.block(call.output(axis: axis), count: output[axis], reason: reason)
        continue
      }
      for index in 0..<shape[axis] where (0..<output[axis]).contains(index + before[axis]) {
        coupling.tie(
          call.input(0, axis: axis), index, of: shape[axis], call.output(axis: axis), index + before[axis],
          of: output[axis])
      }
    }
  }

  /// Whether more is cut off one end than the axis has.
  private func overlaps(axis: Int, extent: Int) -> Bool { extent + min(before[axis], after[axis], 0) < 0 }

  /// Before and behind: as many as are kept of what was added, or of what was cut off.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator {
    var result = self
    for axis in before.indices {
      let (input, output) = (call.input(0, axis: axis), call.output(axis: axis))
      guard kept[input] != nil || kept[output] != nil else { continue }
      let (inputCount, outputCount) = (call.inputShape(0)![axis], call.outputShape()[axis])
      let inputs = kept[input] ?? Array(0..<inputCount)
      let outputs = kept[output] ?? Array(0..<outputCount)
      let (front, back) = (before[axis], after[axis])
      result.before[axis] =
        front >= 0 ? outputs.filter { $0 < front }.count : -inputs.filter { $0 < -front }.count
      result.after[axis] =
        back >= 0
        ? outputs.filter { $0 >= outputCount - back }.count : -inputs.filter { $0 >= inputCount + back }.count
    }
    return result
  }
}

extension GraphBuilder {
  /// Adds zeros before and behind an axis (negative counts cut off).
  public func padded(_ x: Value, axis: Int, before: Int, after: Int) throws -> Value {
    let rank = try shape(of: x).rank
    var (front, back) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
    (front[axis], back[axis]) = (before, after)
    return try add(Pad(before: front, after: back), x)
  }
}
