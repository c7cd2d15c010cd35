import Tensors

/// The number of elements of a tensor as a single int64 (ONNX's `Size`).
public struct SizeOf: ONNXOperator {
  /// The ONNX type.
  public static let kind = "Size"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// A single integer.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [ValueType(.int64, [])] }

  /// The number, where it is one or a multiple of the batch.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    inputs[0]?.type.shape?.elementCount.map { [$0] }
  }

  /// The number.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [Tensor(scalar: Int64(inputs[0]!.count))]
  }
}
