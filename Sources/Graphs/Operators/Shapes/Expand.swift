import Tensors

/// Repeats a tensor along axes of extent 1 until it has a given shape; an extent of 1 in the target keeps the input's.
public struct Expand: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Expand"
  /// The shape is input 1.
  public static let attributeInputs: Set<Int> = [1]
  /// The shape to reach.
  public var target: ValueShape

  /// Makes the operator.
  public init(to target: ValueShape) { self.target = target }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes()
    guard let dimensions = try record.dimensions(at: 1) else { throw record.unsupported("the shape is missing") }
    guard dimensions.allSatisfy({ $0.bound(toBatch: 1) >= 0 }) else {
      throw PareError(
        .badInput, "the shape \(dimensions.map(\.description)) is not one",
        context: ["node": record.name, "operator": record.type])
    }
    target = ValueShape(dimensions)
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, shapeInputs: [1: target]) }

  /// The input's shape broadcast with the target.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let shape = type.shape else { return [type] }
    return [ValueType(type.dataType, try Broadcasting.shape(shape, target))]
  }

  /// The elements of a short list of known integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard target.rank <= 1, let known = inputs[0]?.integerDimensions, let count = target.fixedShape?.count,
      count <= 4096
    else { return nil }
    return known.count == 1 ? Array(repeating: known[0], count: count) : known
  }

  /// The repeated elements.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let shape = try Broadcasting.shape(x.shape, target.bound(toBatch: context.batch))
    let offsets = Broadcasting.offsets(strides: Broadcasting.strides(of: x.shape, in: shape), over: shape)
    return [x.gathering(offsets, shape: shape)]
  }

  /// Vectors that are repeated over the batch are tokens of a sequence, trained like an addend; others are constants.
  public func role(ofInput index: Int) -> ParameterRole {
    target.rank > 1 && target.fixedShape == nil ? .bias : .constant
  }

  /// dx = dy summed over the repeated axes.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.summed(call.gradient, toShapeOf: call.inputs[0]!)]
  }

  /// Every index passes through; repeated axes may lose indices, since the target tells how many there are.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    coupling.tieElementwise(call)
    for axis in call.outputShape().dimensions.indices { coupling.allow(call.output(axis: axis)) }
  }

  /// The target with the kept numbers of indices.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator {
    let offset = call.outputShape().rank - target.rank
    var result = self
    for axis in target.dimensions.indices where target[axis] != .fixed(1) {
      if let indices = kept[call.output(axis: axis + offset)] { result.target[axis] = .fixed(indices.count) }
    }
    return result
  }
}

extension GraphBuilder {
  /// Adds repetitions along axes of extent 1 until a shape is reached.
  public func expanded(_ x: Value, to shape: ValueShape) throws -> Value { try add(Expand(to: shape), x) }
}
