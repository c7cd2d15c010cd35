import Tensors

/// A conversion to the element type of another value (ONNX's `CastLike`), which is a `Cast` once that type is known.
public struct CastLike: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "CastLike"
  /// Of input 1 only the type matters.
  public static let attributeInputs: Set<Int> = [1]
  /// What it comes to.
  public var cast: Cast

  /// Makes the operator.
  public init(to target: DataType) { cast = Cast(to: target) }

  /// Reads the operator from a file's node. `saturate` and `round_mode` concern 8-bit floats only, which Pare lacks.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("saturate", "round_mode")
    self.init(to: try record.requiredInput(1).type.dataType)
  }

  /// A Cast.
  public func form() -> NodeForm { cast.form() }

  /// The input's shape in the other type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try cast.outputTypes(for: inputs) }

  /// The elements, where they are known and stay integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? { cast.symbolicOutput(for: inputs) }

  /// The values in the other type.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    try cast.evaluate(inputs, in: context)
  }

  /// dx = dy in the input's type; none where an integer is on the way.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    try cast.inputGradients(of: call, in: builder)
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    cast.couple(call, into: &coupling)
  }
}
