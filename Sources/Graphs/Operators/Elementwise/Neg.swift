import Tensors

/// The negative of every element.
public struct Neg: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Neg"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// The negatives, where the input is known and does not depend on the batch.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard let known = inputs[0]?.integerDimensions else { return nil }
    let negated = known.compactMap(\.fixedExtent).map { Dimension.fixed(-$0) }
    return negated.count == known.count ? negated : nil
  }

  /// -x element by element; integers wrap around.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [inputs[0]!.mapElements(floats: { -$0 }, integers: { 0 &- $0 })]
  }

  /// dx = -dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(Neg(), call.gradient)]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds a negation.
  public func negated(_ x: Value) throws -> Value { try add(Neg(), x) }
}
