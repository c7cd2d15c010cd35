import Tensors

/// The extents of a tensor as a list of int64 (ONNX's `Shape`), from one axis up to (excluding) another.
public struct ShapeOf: ONNXOperator {
  /// The ONNX type.
  public static let kind = "Shape"
  /// The first axis, counted from the end where negative, clamped to the rank.
  public var start: Int
  /// The axis to stop at; nil for the rank.
  public var end: Int?

  /// Makes the operator.
  public init(start: Int = 0, end: Int? = nil) {
    self.start = start
    self.end = end
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("start", "end")
    start = try record.int("start") ?? 0
    end = try record.int("end")
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm {
    var attributes: [String: AttributeValue] = start == 0 ? [:] : ["start": .int(start)]
    if let end { attributes["end"] = .int(end) }
    return NodeForm(Self.kind, attributes)
  }

  private func axes(rank: Int) -> Range<Int> {
    func clamped(_ axis: Int) -> Int { min(max(axis < 0 ? axis + rank : axis, 0), rank) }
    let first = clamped(start)
    return first..<max(first, clamped(end ?? rank))
  }

  /// A list of as many integers as axes are asked for.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(.int64, inputs[0]!.type.shape.map { [.fixed(axes(rank: $0.rank).count)] })]
  }

  /// The extents.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    inputs[0]?.type.shape.map { Array($0.dimensions[axes(rank: $0.rank)]) }
  }

  /// The extents.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let shape = inputs[0]!.shape
    return [Tensor(shape.dimensions[axes(rank: shape.rank)].map { Int64($0) })]
  }
}
