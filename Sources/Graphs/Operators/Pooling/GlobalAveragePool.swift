import Tensors

/// The mean of every channel over all its positions: batch x channels x spatial becomes batch x channels x 1...
public struct GlobalAveragePool: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "GlobalAveragePool"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type with 1 for every spatial extent.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return [type] }
    guard x.rank >= 3 else { throw PareError(.badInput, "an input of shape \(x) has no spatial axes") }
    return [ValueType(type.dataType, ValueShape(x.dimensions.enumerated().map { $0 < 2 ? $1 : .fixed(1) }))]
  }

  /// The means.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let plane = x.shape.dimensions[2...].reduce(1, *)
    var y = [Double](repeating: 0, count: x.shape[0] * x.shape[1])
    for (index, value) in x.doubles.enumerated() { y[index / plane] += value }
    let shape = Shape(x.shape.dimensions.enumerated().map { $0 < 2 ? $1 : 1 })
    return [Tensor(doubles: y.map { $0 / Double(plane) }, shape: shape, dataType: x.dataType)]
  }

  /// dx = dy / positions, repeated over the positions.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let shape = try builder.shape(of: call.inputs[0]!)
    guard let plane = ValueShape(Array(shape.dimensions[2...])).fixedShape?.count else {
      throw PareError(.unsupported, "a spatial extent of \(shape) depends on the batch size")
    }
    let part = try builder.quotient(call.gradient, builder.scalar(Float(plane)))
    return [try builder.add(Expand(to: shape), part)]
  }

  /// Channels pass through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    coupling.tie(call.input(0, axis: 1), call.output(axis: 1), in: call)
  }
}

extension GraphBuilder {
  /// Adds the mean of every channel.
  public func globalAveragePool(_ x: Value) throws -> Value { try add(GlobalAveragePool(), x) }
}
