import Tensors

/// Numpy's matrix product: matrices in the last two axes, batch axes broadcast; a vector on the left is a row, on the
/// right a column, and its axis disappears from the result.
public struct MatMul: ONNXOperator, Differentiable {
  /// The ONNX type.
  public static let kind = "MatMul"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// Broadcast batch axes x rows x columns, without those of vectors.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let a = type.shape, let b = inputs[1]!.type.shape else { return [ValueType(type.dataType, nil)] }
    guard a.rank >= 1, b.rank >= 1 else { throw PareError(.badInput, "a scalar is not a matrix") }
    let product = try BatchedProduct().outputTypes(for: [
      InputFact(ValueType(type.dataType, Self.matrix(a, isLeft: true))),
      InputFact(ValueType(type.dataType, Self.matrix(b, isLeft: false))),
    ])
    var dimensions = product[0].shape!.dimensions
    if a.rank == 1 { dimensions.remove(at: dimensions.count - 2) }
    if b.rank == 1 { dimensions.removeLast() }
    return [ValueType(type.dataType, ValueShape(dimensions))]
  }

  /// A vector as a row (left) or column (right).
  private static func matrix(_ shape: ValueShape, isLeft: Bool) -> ValueShape {
    guard shape.rank == 1 else { return shape }
    return isLeft ? [.fixed(1), shape[0]] : [shape[0], .fixed(1)]
  }

  /// One per output element and element of the shared axis.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int { outputs[0].count * (inputs[0]?.dimensions.last ?? 0) }

  /// A parameter on either side holds weights.
  public func role(ofInput index: Int) -> ParameterRole { .weight }

  /// The sums of products in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (a, b) = (inputs[0]!, inputs[1]!)
    let left = Self.matrix(ValueShape(a.shape), isLeft: true).fixedShape!
    let right = Self.matrix(ValueShape(b.shape), isLeft: false).fixedShape!
    let product = try BatchedProduct().evaluate([a.reshaped(to: left), b.reshaped(to: right)], in: context)[0]
    var dimensions = product.shape.dimensions
    if a.shape.rank == 1 { dimensions.remove(at: dimensions.count - 2) }
    if b.shape.rank == 1 { dimensions.removeLast() }
    return [product.reshaped(to: Shape(dimensions))]
  }

  /// dA = dy * B^T and dB = A^T * dy, each summed over the batch axes along which it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    func shaped(_ value: Value, _ shape: ValueShape) throws -> Value {
      try builder.shape(of: value) == shape ? value : builder.add(Reshape(to: shape), value)
    }
    let (aShape, bShape) = (try builder.shape(of: call.inputs[0]!), try builder.shape(of: call.inputs[1]!))
    let a = try shaped(call.inputs[0]!, Self.matrix(aShape, isLeft: true))
    let b = try shaped(call.inputs[1]!, Self.matrix(bShape, isLeft: false))
    var dimensions = try builder.shape(of: call.gradient).dimensions
    if bShape.rank == 1 { dimensions.append(.fixed(1)) }
    if aShape.rank == 1 { dimensions.insert(.fixed(1), at: dimensions.count - 1) }
    let g = try shaped(call.gradient, ValueShape(dimensions))
    var gradients: [Value?] = [nil, nil]
    if call.wanted[0] {
      let product = try builder.add(BatchedProduct(transposeB: true), g, b)
      gradients[0] = try shaped(builder.summed(product, toShapeOf: a), aShape)
    }
    if call.wanted[1] {
      gradients[1] = try shaped(weightGradient(a, g, b, in: builder), bShape)
    }
    return gradients
  }

  /// A^T * dy; where B is one matrix for all batches, the batch axes of A become rows of a single product.
  private func weightGradient(_ a: Value, _ g: Value, _ b: Value, in builder: GraphBuilder) throws -> Value {
    let (aShape, gShape) = (try builder.shape(of: a), try builder.shape(of: g))
    if try builder.shape(of: b).rank == 2, aShape.rank > 2,
      let rows = ValueShape(Array(aShape.dimensions.dropLast())).elementCount
    {
      let left = try builder.add(Reshape(to: [rows, aShape[aShape.rank - 1]]), a)
      let right = try builder.add(Reshape(to: [rows, gShape[gShape.rank - 1]]), g)
      return try builder.add(BatchedProduct(transposeA: true), left, right)
    }
    let product = try builder.add(BatchedProduct(transposeA: true), a, g)
    return try builder.summed(product, toShapeOf: b)
  }
}

extension MatMul: ChannelCoupled {
  /// x * W with a parameter W of two axes: inputs with its axis 0, outputs with axis 1, other axes of x pass through.
  /// Between other matrices only the axes of the batches (the heads of an attention) pass, and those of the matrices
  /// are blocked.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let x = call.inputShape(0), let w = call.inputShape(1), w.rank == 2, x.rank >= 1,
      call.parameters.contains(call.inputs[1])
    else { return coupleBatches(of: call, into: &coupling) }
    coupling.tie(call.input(0, axis: x.rank - 1), call.input(1, axis: 0), in: call)
    coupling.tie(call.input(1, axis: 1), call.output(axis: x.rank - 1), in: call)
    for axis in 0..<(x.rank - 1) { coupling.tie(call.input(0, axis: axis), call.output(axis: axis), in: call) }
  }

  private func coupleBatches(of call: CouplingCall, into coupling: inout ChannelCoupling) {
    let reason = "\(call.outputs[0]): product of computed matrices"
    guard let a = call.inputShape(0), let b = call.inputShape(1), a.rank >= 2, b.rank >= 2 else {
      return coupling.blockAll(call, reason: reason)
    }
    let y = call.outputShape()
    for (place, shape) in [a, b].enumerated() {
      for axis in 0..<(shape.rank - 2) where shape[axis] > 1 {
        coupling.tie(call.input(place, axis: axis), call.output(axis: axis + y.rank - shape.rank), in: call)
      }
      for axis in (shape.rank - 2)..<shape.rank {
        coupling.block(call.input(place, axis: axis), count: shape[axis], reason: reason)
      }
    }
    for axis in (y.rank - 2)..<y.rank { coupling.block(call.output(axis: axis), count: y[axis], reason: reason) }
  }
}

extension GraphBuilder {
  /// Adds a matrix product.
  public func matrixProduct(_ a: Value, _ b: Value) throws -> Value { try add(MatMul(), a, b) }
}
