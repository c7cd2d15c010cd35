import Tensors

/// 1 for the k largest elements of each line along an axis, otherwise 0. Equal elements count from the front; NaN counts
/// as larger than everything. Pare's own: a mask that training selects with.
public struct TopKMask: Operator, Differentiable {
  /// The operation's name.
  public static let kind = "TopKMask"
  /// How many elements of a line are selected; more than there are selects all.
  public var count: Int
  /// The axis, counted from the end where negative.
  public var axis: Int
  /// The derivative by the scores that training uses.
  public var surrogate: SurrogateGradient

  /// Makes the operator.
  public init(count: Int, axis: Int = -1, surrogate: SurrogateGradient = .identity) {
    precondition(count >= 0, "a selection of \(count) elements")
    self.count = count
    self.axis = axis
    self.surrogate = surrogate
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    if let shape = type.shape { _ = try Shape.normalizedAxis(axis, rank: shape.rank) }
    return [type]
  }

  /// The mask.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let scores = x.doubles
    var mask = [Double](repeating: 0, count: x.count)
    try AxisLines(of: x.shape, axis: axis).forEach { line in
      let ranked = line.sorted { a, b in
        let (left, right) = (scores[a], scores[b])
        if left.isNaN || right.isNaN { return left.isNaN && (!right.isNaN || a < b) }
        return left == right ? a < b : left > right
      }
      for index in ranked.prefix(count) { mask[index] = 1 }
    }
    return [Tensor(doubles: mask, shape: x.shape, dataType: x.dataType)]
  }

  /// dx = dy times the surrogate's derivative at x.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.gradient(surrogate, of: call.gradient, at: call.inputs[0]!)]
  }
}

extension GraphBuilder {
  /// Adds a mask of the `count` largest elements along an axis, through which the gradient passes.
  public func topKMask(
    _ x: Value, count: Int, axis: Int = -1, surrogate: SurrogateGradient = .identity
  ) throws -> Value {
    try add(TopKMask(count: count, axis: axis, surrogate: surrogate), x)
  }
}
