import Tensors

/// The largest element of every channel: batch x channels x spatial becomes batch x channels x 1...; NaN wins.
public struct GlobalMaxPool: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "GlobalMaxPool"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The window that covers every position of an input.
  /// - Throws: `PareError.badInput` where the input has no positions.
  package static func window(over shape: ValueShape) throws -> SpatialWindow {
    guard shape.rank >= 3, let kernel = ValueShape(Array(shape.dimensions[2...])).fixedShape?.dimensions,
      kernel.allSatisfy({ $0 > 0 })
    else { throw PareError(.badInput, "an input of shape \(shape) has no spatial axes to take the maximum over") }
    return SpatialWindow(kernel: kernel)
  }

  /// The input's type with 1 for every spatial extent.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return [type] }
    _ = try Self.window(over: x)
    return [ValueType(type.dataType, ValueShape(x.dimensions.enumerated().map { $0 < 2 ? $1 : .fixed(1) }))]
  }

  /// The largest elements.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    try MaxPool(window: Self.window(over: ValueShape(inputs[0]!.shape))).evaluate(inputs, in: context)
  }

  /// dy goes to the first of the largest elements of each channel.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let window = try Self.window(over: builder.shape(of: call.inputs[0]!))
    return [try builder.add(MaxPoolGradient(window: window), call.gradient, call.inputs[0], call.outputs[0])]
  }

  /// Channels pass through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    coupling.tie(call.input(0, axis: 1), call.output(axis: 1), in: call)
  }
}

extension GraphBuilder {
  /// Adds the largest element of every channel.
  public func globalMaxPool(_ x: Value) throws -> Value { try add(GlobalMaxPool(), x) }
}
