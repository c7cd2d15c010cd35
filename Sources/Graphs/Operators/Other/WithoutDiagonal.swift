import Tensors

/// Matrices in the last two axes with zeros on their diagonals. Pare's own: distances of samples to themselves count for
/// nothing.
public struct WithoutDiagonal: Operator, Differentiable {
  /// The operation's name.
  public static let kind = "WithoutDiagonal"

  /// Makes the operator.
  public init() {}

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    if let shape = type.shape {
      guard shape.rank >= 2 else { throw PareError(.badInput, "a value of shape \(shape) is no matrix") }
    }
    return [type]
  }

  /// The elements beside the diagonals.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let (rows, columns) = (x.shape[x.shape.rank - 2], x.shape[x.shape.rank - 1])
    let y = x.doubles.enumerated().map { index, value in
      index / columns % rows == index % columns ? 0 : value
    }
    return [Tensor(doubles: y, shape: x.shape, dataType: x.dataType)]
  }

  /// dx = dy beside the diagonals.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(WithoutDiagonal(), call.gradient)]
  }
}

extension GraphBuilder {
  /// Adds zeros on the diagonals of matrices.
  public func withoutDiagonal(_ x: Value) throws -> Value { try add(WithoutDiagonal(), x) }
}
