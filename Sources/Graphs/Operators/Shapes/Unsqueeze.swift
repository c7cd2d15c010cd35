import Tensors

/// A tensor with axes of extent 1 put in.
public struct Unsqueeze: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Unsqueeze"
  /// The axes are an input since opset 13.
  public static let attributeInputs: Set<Int> = [1]
  /// The new axes, as counted in the result.
  public var axes: [Int]

  /// Makes the operator.
  public init(axes: [Int]) { self.axes = axes }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axes")
    guard let axes = try record.ints("axes") ?? record.integers(at: 1) else {
      throw PareError(.badInput, "the axes are missing", context: ["node": record.name, "operator": record.type])
    }
    self.axes = axes
  }

  /// The operator as opset 13 has it.
  public func form() -> NodeForm { NodeForm(Self.kind, constantInputs: [1: Tensor(axes.map { Int64($0) })]) }

  /// For every axis of the result the input's axis, or nil where it is new.
  private func sources(rank: Int) throws -> [Int?] {
    let result = rank + axes.count
    let new = Set(try axes.map { try Shape.normalizedAxis($0, rank: result) })
    guard new.count == axes.count else { throw PareError(.badInput, "axes \(axes) repeat themselves") }
    var next = 0
    return (0..<result).map { axis in
      if new.contains(axis) { return nil }
      defer { next += 1 }
      return next
    }
  }

  /// The extents with 1 put in.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let shape = type.shape else { return [ValueType(type.dataType, nil)] }
    return [
      ValueType(type.dataType, ValueShape(try sources(rank: shape.rank).map { $0.map { shape[$0] } ?? .fixed(1) }))
    ]
  }

  /// A known number as a list of one.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    axes.count + (inputs[0]?.type.shape?.rank ?? 2) <= 1 ? inputs[0]?.integerDimensions : nil
  }

  /// The same elements.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    return [x.reshaped(to: Shape(try sources(rank: x.shape.rank).map { $0.map { x.shape[$0] } ?? 1 }))]
  }

  /// dx = dy under the input's shape.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(Reshape(to: builder.shape(of: call.inputs[0]!)), call.gradient)]
  }

  /// The old axes are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let sources = try? sources(rank: shape.rank) else { return }
    coupling.tieAxes(sources.enumerated().compactMap { output, input in input.map { ($0, output) } }, of: call)
  }
}

extension GraphBuilder {
  /// Puts axes of extent 1 in, at these places of the result.
  public func unsqueezed(_ x: Value, axes: [Int]) throws -> Value { try add(Unsqueeze(axes: axes), x) }
}
