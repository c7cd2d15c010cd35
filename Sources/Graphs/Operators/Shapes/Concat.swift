import Tensors

/// Tensors laid end to end along one axis.
public struct Concat: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Concat"
  /// The axis, counted from the end where negative.
  public var axis: Int

  /// Makes the operator.
  public init(axis: Int) { self.axis = axis }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axis")
    guard let axis = try record.int("axis") else {
      throw PareError(
        .badInput, "attribute \"axis\" is missing", context: ["node": record.name, "operator": record.type])
    }
    self.axis = axis
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["axis": .int(axis)]) }

  /// The inputs' shape with their extents along the axis added up.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let types = inputs.compactMap { $0?.type }
    guard let first = types.first else { throw PareError(.badInput, "there is nothing to concatenate") }
    guard types.allSatisfy({ $0.dataType == first.dataType }) else {
      throw PareError(.badInput, "the inputs are of different element types: \(types.map(\.dataType.rawValue))")
    }
    let shapes = types.compactMap(\.shape)
    guard shapes.count == types.count, var result = shapes.first else { return [ValueType(first.dataType, nil)] }
    let axis = try Shape.normalizedAxis(axis, rank: result.rank)
    for shape in shapes.dropFirst() {
      guard shape.rank == result.rank,
        shape.dimensions.indices.allSatisfy({ $0 == axis || shape[$0] == result[$0] })
      else { throw PareError(.badInput, "shapes \(shapes) cannot be concatenated along axis \(axis)") }
      switch (result[axis], shape[axis]) {
      case (.fixed(let a), .fixed(let b)): result[axis] = .fixed(a + b)
      case (.batch(let a), .batch(let b)): result[axis] = .batch(a + b)
      case (.batch, .fixed(0)): break
      case (.fixed(0), .batch): result[axis] = shape[axis]
      default:
        throw PareError(
          .unsupported, "a concatenation of \(shapes) along axis \(axis) mixes the batch with a fixed extent")
      }
    }
    return [ValueType(first.dataType, result)]
  }

  /// The elements one after the other, where all of them are known.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    let known = inputs.compactMap { $0?.type.shape?.rank == 1 ? $0?.integerDimensions : nil }
    return known.count == inputs.count ? known.flatMap { $0 } : nil
  }

  /// The inputs' elements, copied bit by bit.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let tensors = inputs.compactMap { $0 }
    let axis = try Shape.normalizedAxis(axis, rank: tensors[0].shape.rank)
    // Double-precision runs mix float64 values with float32 constants.
    let type = tensors.contains { $0.dataType == .float64 } ? DataType.float64 : tensors[0].dataType
    var shape = tensors[0].shape
    shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    let outer = shape.dimensions[..<axis].reduce(1, *)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(shape.count * type.size)
    let sources = tensors.map { $0.cast(to: type) }
    for row in 0..<outer {
      for source in sources {
        let length = source.byteCount / outer
        source.withUnsafeBytes { bytes.append(contentsOf: $0[row * length..<(row + 1) * length]) }
      }
    }
    return [try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dataType: type) }]
  }

  /// Each input's part of dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    var offset = 0
    return try call.inputs.enumerated().map { index, input in
      guard let input else { return nil }
      let axis = try Shape.normalizedAxis(axis, rank: builder.shape(of: input).rank)
      let extent = try builder.extent(of: input, axis: axis)
      defer { offset += extent }
      guard call.wanted[index] else { return nil }
      return try builder.slice(call.gradient, axis: axis, from: offset, to: offset + extent)
    }
  }

  /// Along the axis index i of an input is index offset + i of the output; the other axes pass through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    let output = call.outputShape()
    guard let axis = try? Shape.normalizedAxis(axis, rank: output.rank) else { return }
    var offset = 0
    for input in call.inputs.indices {
      guard let shape = call.inputShape(input) else { continue }
      for other in shape.dimensions.indices where other != axis {
        coupling.tie(call.input(input, axis: other), call.output(axis: other), count: shape[other])
      }
      for index in 0..<shape[axis] {
        coupling.tie(
          call.input(input, axis: axis), index, of: shape[axis], call.output(axis: axis), offset + index,
          of: output[axis])
      }
      offset += shape[axis]
    }
  }
}

extension GraphBuilder {
  /// Adds a concatenation; the default axis is the channels'.
  public func concatenation(_ values: [Value], axis: Int = 1) throws -> Value {
    try add(Concat(axis: axis), values.map { $0 })[0]
  }
}
