import Tensors

/// A tensor in which every element is the same. No inputs: the shape, which may depend on the batch, is known.
public struct ConstantOfShape: ONNXOperator, Differentiable {
  /// The ONNX type.
  public static let kind = "ConstantOfShape"
  /// The shape is input 0.
  public static let attributeInputs: Set<Int> = [0]
  /// The extents.
  public var shape: ValueShape
  /// The element, as a tensor of shape [1].
  public var value: Tensor

  /// Makes the operator; `value` has one element.
  public init(shape: ValueShape, value: Tensor = Tensor(zeros: [1])) {
    precondition(value.count == 1, "a constant of \(value.count) elements")
    self.shape = shape
    self.value = value.reshaped(to: [1])
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("value")
    let value = try record.tensor("value") ?? Tensor(zeros: [1])
    guard let dimensions = try record.dimensions(at: 0) else { throw record.unsupported("the shape is missing") }
    guard value.count == 1, dimensions.allSatisfy({ $0.bound(toBatch: 1) >= 0 }) else {
      throw PareError(
        .badInput, "a constant of \(value.count) elements and shape \(dimensions.map(\.description))",
        context: ["node": record.name, "operator": record.type])
    }
    self.init(shape: ValueShape(dimensions), value: value)
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["value": .tensor(value)], shapeInputs: [0: shape]) }

  /// The shape, with the element's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [ValueType(value.dataType, shape)] }

  /// The elements of a short list of integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard shape.rank <= 1, let count = shape.fixedShape?.count, count <= 4096, !value.dataType.isFloat else {
      return nil
    }
    return Array(repeating: .fixed(value.integers[0]), count: count)
  }

  /// The element, repeated.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let bound = shape.bound(toBatch: context.batch)
    return [value.gathering([Int](repeating: 0, count: bound.count), shape: bound)]
  }

  /// There is nothing to differentiate by.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    call.inputs.map { _ in nil }
  }
}
