import Tensors

extension GraphBuilder {
  /// Adds vectors of Euclidean length 1 along an axis (the rows of a matrix, where none is given): x / max(|x|, epsilon).
  ///
  /// Vectors shorter than `epsilon` are divided by it; a vector of zeros stays, with the gradient dy / epsilon, as in
  /// PyTorch's `normalize`.
  public func lengthNormalized(_ x: Value, axis: Int = -1, epsilon: Double = 1e-12) throws -> Value {
    let squares = try add(ReduceSum(axes: [axis], keepDimensions: true), squared(x))
    // The limit inside the root keeps the gradient there finite.
    let lengths = try add(Sqrt(), clip(squares, minimum: epsilon * epsilon, maximum: nil))
    return try quotient(x, lengths)
  }
}
