import Tensors

/// The same elements as a matrix: the axes in front of `axis` become its rows, the others its columns.
public struct Flatten: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Flatten"
  /// The first axis of the columns, counted from the end where negative.
  public var axis: Int

  /// Makes the operator.
  public init(axis: Int = 1) { self.axis = axis }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axis")
    axis = try record.int("axis") ?? 1
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["axis": .int(axis)]) }

  /// rows x columns.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let shape = type.shape else { return [ValueType(type.dataType, nil)] }
    let split = axis < 0 ? axis + shape.rank : axis
    guard (0...shape.rank).contains(split) else {
      throw PareError(.badInput, "axis \(axis) does not exist in a value of shape \(shape)")
    }
    guard let rows = ValueShape(Array(shape.dimensions[..<split])).elementCount,
      let columns = ValueShape(Array(shape.dimensions[split...])).elementCount
    else { throw PareError(.unsupported, "\(shape) cannot be flattened: its size is no multiple of the batch") }
    return [ValueType(type.dataType, [rows, columns])]
  }

  /// The same elements.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let split = axis < 0 ? axis + x.shape.rank : axis
    let rows = x.shape.dimensions[..<split].reduce(1, *)
    return [x.reshaped(to: [rows, x.shape.dimensions[split...].reduce(1, *)])]
  }

  /// dx = dy under the input's shape.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(Reshape(to: builder.shape(of: call.inputs[0]!)), call.gradient)]
  }

  /// Behind the batch axis every channel becomes as many columns as it has positions.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieReshaped(call) }
}

extension GraphBuilder {
  /// Adds a flattening of everything behind the batch axis.
  public func flattened(_ x: Value) throws -> Value { try add(Flatten(), x) }
}
