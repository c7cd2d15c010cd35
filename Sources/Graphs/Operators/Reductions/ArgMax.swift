import Tensors

/// The place of the largest element along an axis, as int64.
public struct ArgMax: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "ArgMax"
  /// Along which axis, and which of equal elements counts.
  public var search: ArgExtreme

  /// Makes the operator.
  public init(axis: Int = 0, keepDimensions: Bool = true, selectsLast: Bool = false) {
    search = ArgExtreme(axis: axis, keepDimensions: keepDimensions, selectsLast: selectsLast)
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { search = try ArgExtreme(record: record) }

  /// The operator as opset 12 has it.
  public func form() -> NodeForm { search.form(Self.kind) }

  /// Integers in the input's shape with the axis removed or 1.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [try search.outputType(for: inputs[0]!)] }

  /// The places.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try search.places(in: inputs[0]!, isBetter: >)]
  }

  /// A place does not change with the elements.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] { [nil] }

  /// The axes that stay are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    search.couple(call, into: &coupling)
  }
}
