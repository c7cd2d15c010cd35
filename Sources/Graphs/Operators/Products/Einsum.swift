import Tensors

/// Sums of products over named axes: each element of the result is the sum, over all axes that the result lacks, of the
/// product of the operands' elements there. `bij,bjk->bik` is a batch of matrix products.
public struct Einsum: ONNXOperator, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Einsum"
  /// The names of the axes.
  public var equation: EinsumEquation

  /// Makes the operator.
  public init(_ equation: EinsumEquation) { self.equation = equation }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("equation")
    guard let text = try record.string("equation") else {
      throw PareError(
        .badInput, "attribute \"equation\" is missing", context: ["node": record.name, "operator": record.type])
    }
    equation = try EinsumEquation(text)
  }

  /// The operator as opset 12 has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["equation": .string(equation.text)]) }

  /// The extents of the result's axes.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let types = inputs.compactMap { $0?.type }
    guard let first = types.first, types.count == inputs.count else {
      throw PareError(.badInput, "an operand is missing")
    }
    let shapes = types.compactMap(\.shape)
    guard shapes.count == types.count else { return [ValueType(first.dataType, nil)] }
    let (labels, result) = try equation.labels(ranks: shapes.map(\.rank))
    let extents = try EinsumEquation.extents(labels, shapes)
    return [ValueType(first.dataType, ValueShape(result.map { extents[$0]! }))]
  }

  /// A product of all operands for every element of all axes together; none for a single operand.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    let shapes = inputs.compactMap { $0.map { ValueShape($0) } }
    guard shapes.count > 1, shapes.count == inputs.count, let labels = try? equation.labels(ranks: shapes.map(\.rank)),
      let extents = try? EinsumEquation.extents(labels.operands, shapes)
    else { return 0 }
    return extents.values.reduce(1) { $0 * $1.bound(toBatch: 1) } * (shapes.count - 1)
  }

  /// A parameter holds weights.
  public func role(ofInput index: Int) -> ParameterRole { .weight }

  /// The sums of products in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let operands = inputs.map { $0! }
    let (labels, result) = try equation.labels(ranks: operands.map(\.shape.rank))
    let extents = try EinsumEquation.extents(labels, operands.map { ValueShape($0.shape) })
    let summed = extents.keys.filter { !result.contains($0) }
    func shape(_ labels: [EinsumEquation.Label]) -> Shape { Shape(labels.map { extents[$0]!.bound(toBatch: 1) }) }
    func offsets(_ operand: Int, over axes: [EinsumEquation.Label]) -> [Int] {
      let strides = axes.map { Self.stride(of: $0, labels[operand], operands[operand].shape) }
      return Broadcasting.offsets(strides: strides, over: shape(axes))
    }
    let outer = operands.indices.map { offsets($0, over: result) }
    let inner = operands.indices.map { offsets($0, over: summed) }
    let values = operands.map(\.doubles)
    let target = shape(result)
    let terms = shape(summed).count
    let y = (0..<target.count).map { place in
      (0..<terms).reduce(0.0) { sum, term in
        sum + operands.indices.reduce(1.0) { $0 * values[$1][outer[$1][place] + inner[$1][term]] }
      }
    }
    return [Tensor(doubles: y, shape: target, dataType: operands[0].dataType)]
  }

  /// How far the elements of a label lie apart in an operand: together along all axes of that name, 0 where the operand
  /// is repeated along it.
  package static func stride(of label: EinsumEquation.Label, _ labels: [EinsumEquation.Label], _ shape: Shape) -> Int {
    let strides = shape.strides
    return labels.indices.reduce(0) { $0 + (labels[$1] == label && shape[$1] != 1 ? strides[$1] : 0) }
  }

  /// Axes of one name go together. A name that occurs only once, whose indices are merely added up, blocks.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    let shapes = call.inputs.indices.compactMap { call.inputShape($0) }
    guard shapes.count == call.inputs.count, let labels = try? equation.labels(ranks: shapes.map(\.rank)) else {
      return
    }
    var places: [(label: EinsumEquation.Label, slot: Slot, extent: Int)] = []
    for (operand, names) in labels.operands.enumerated() {
      for (axis, label) in names.enumerated() {
        places.append((label, call.input(operand, axis: axis), shapes[operand][axis]))
      }
    }
    for (axis, label) in labels.result.enumerated() {
      places.append((label, call.output(axis: axis), call.outputShape()[axis]))
    }
    for (label, group) in Dictionary(grouping: places, by: \.label) {
      let extent = group.map(\.extent).max()!
      let members = group.filter { $0.extent == extent && extent > 1 }
      for (one, other) in zip(members, members.dropFirst()) { coupling.tie(one.slot, other.slot, count: extent) }
      if members.count == 1 {
        let reason = "\(call.outputs[0]): sum over an axis (\(label))"
        coupling.block(members[0].slot, count: extent, reason: reason)
      }
    }
  }
}

extension Einsum: Differentiable {
  /// The gradient by an operand is the product of dy and the other operands, summed over all axes that it lacks; along
  /// an axis that only it has dy is repeated.
  /// - Throws: `PareError.unsupported` for a name that stands twice in one operand (a diagonal).
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let shapes = try call.inputs.map { try builder.shape(of: $0!) }
    let (labels, result) = try equation.labels(ranks: shapes.map(\.rank))
    let extents = try EinsumEquation.extents(labels, shapes)
    return try call.inputs.indices.map { index in
      guard call.wanted[index] else { return nil }
      let own = labels[index]
      guard Set(own).count == own.count else {
        throw PareError(.unsupported, "the equation \"\(equation.text)\", which takes a diagonal, has no gradient")
      }
      let others = call.inputs.indices.filter { $0 != index }
      // An axis of extent 1 that is repeated gets a name of its own.
      var terms =
        [result]
        + others.map { other in
          labels[other].indices.map { axis in
            let label = labels[other][axis]
            return shapes[other][axis] == extents[label] ? label : .unnamed((other + 1) * 1000 + axis)
          }
        }
      var factors = [call.gradient] + others.map { call.inputs[$0]! }
      let lonely = own.filter { label in !terms.contains { $0.contains(label) } }
      if !lonely.isEmpty {
        let ones = ConstantOfShape(
          shape: ValueShape(lonely.map { extents[$0]! }), value: Tensor(repeating: Float(1), shape: [1]))
        terms.append(lonely)
        factors.append(try builder.add(ones, []).first!)
      }
      let gradient = try builder.add(Einsum(EinsumEquation.joining(terms, to: own)), factors.map { $0 })[0]
      return try builder.summed(gradient, toShapeOf: call.inputs[index]!)
    }
  }
}

extension GraphBuilder {
  /// Adds sums of products over named axes, such as `bij,bjk->bik`.
  public func einsum(_ equation: String, _ operands: Value...) throws -> Value {
    try add(Einsum(EinsumEquation(equation)), operands.map { $0 })[0]
  }
}
