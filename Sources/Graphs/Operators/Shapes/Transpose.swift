import Tensors

/// A tensor with its axes in another order: axis i of the result is axis permutation[i] of the input.
public struct Transpose: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Transpose"
  /// The order of the axes; nil reverses them.
  public var permutation: [Int]?

  /// Makes the operator.
  public init(permutation: [Int]? = nil) { self.permutation = permutation }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("perm")
    permutation = try record.ints("perm")
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, permutation.map { ["perm": .ints($0)] } ?? [:]) }

  /// The order of the axes of a tensor of this rank.
  /// - Throws: `PareError.badInput` where the permutation is none.
  public func order(rank: Int) throws -> [Int] {
    guard let permutation else { return (0..<rank).reversed() }
    let order = try permutation.map { try Shape.normalizedAxis($0, rank: rank) }
    guard order.sorted() == Array(0..<rank) else {
      throw PareError(.badInput, "\(permutation) is no permutation of \(rank) axes")
    }
    return order
  }

  /// The extents in the other order.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let shape = type.shape else { return [ValueType(type.dataType, nil)] }
    return [ValueType(type.dataType, ValueShape(try order(rank: shape.rank).map { shape[$0] }))]
  }

  /// The elements of a list, which has but one order.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    (inputs[0]?.type.shape?.rank ?? 2) <= 1 ? inputs[0]?.integerDimensions : nil
  }

  /// The elements in the other order.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let order = try order(rank: x.shape.rank)
    let shape = Shape(order.map { x.shape[$0] })
    let strides = x.shape.strides
    return [x.gathering(Broadcasting.offsets(strides: order.map { strides[$0] }, over: shape), shape: shape)]
  }

  /// dx is dy in the old order.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let order = try order(rank: builder.shape(of: call.inputs[0]!).rank)
    let inverse = order.indices.map { axis in order.firstIndex(of: axis)! }
    return [try builder.add(Transpose(permutation: inverse), call.gradient)]
  }

  /// Axes keep their indices.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let order = try? order(rank: shape.rank) else { return }
    coupling.tieAxes(order.enumerated().map { ($1, $0) }, of: call)
  }
}

extension GraphBuilder {
  /// Puts the axes in another order.
  public func transposed(_ x: Value, _ permutation: [Int]) throws -> Value {
    try add(Transpose(permutation: permutation), x)
  }
}
