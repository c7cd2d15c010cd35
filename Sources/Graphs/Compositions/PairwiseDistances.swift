import Tensors

extension GraphBuilder {
  /// Adds the Euclidean distances between all rows of a matrix: n x d to n x n.
  ///
  /// D_ij = sqrt(max(|x_i|^2 + |x_j|^2 - 2 x_i x_j, epsilon)), 0 on the diagonal; the limit keeps the gradient finite
  /// where rows are equal, and it is 0 below it. As in the reference code of Park, Kim, Lu, Cho 2019, "Relational
  /// knowledge distillation". The difference of large squares costs half the digits where rows are close together.
  /// - Throws: `PareError.badInput` where `x` is no matrix.
  public func pairwiseDistances(_ x: Value, epsilon: Double = 1e-12) throws -> Value {
    try withoutDiagonal(add(Sqrt(), pairwiseSquares(x, epsilon: epsilon)))
  }

  /// Adds the squares of the distances between all rows of a matrix, at least `epsilon`, 0 on the diagonal.
  /// - Throws: `PareError.badInput` where `x` is no matrix.
  public func pairwiseSquaredDistances(_ x: Value, epsilon: Double = 1e-12) throws -> Value {
    try withoutDiagonal(pairwiseSquares(x, epsilon: epsilon))
  }

  private func pairwiseSquares(_ x: Value, epsilon: Double) throws -> Value {
    let shape = try shape(of: x)
    guard shape.rank == 2 else { throw PareError(.badInput, "a value of shape \(shape) is no matrix of rows") }
    let lengths = try add(ReduceSum(axes: [1], keepDimensions: true), squared(x))
    let row = try add(Reshape(to: [.fixed(1), shape[0]]), lengths)
    let products = try scaled(gramProduct(x, x), by: 2)
    return try clip(difference(sum(lengths, row), products), minimum: epsilon, maximum: nil)
  }
}
