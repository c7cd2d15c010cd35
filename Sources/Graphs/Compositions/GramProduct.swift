import Tensors

extension GraphBuilder {
  /// Adds A * B^T over the last two axes: the scalar products of every row of `a` with every row of `b`. With the same
  /// value twice it is the Gram matrix. Axes in front are batch axes and broadcast.
  public func gramProduct(_ a: Value, _ b: Value) throws -> Value { try add(BatchedProduct(transposeB: true), a, b) }

  /// Adds the Gram matrices of feature maps: batch x channels x positions... to batch x channels x channels, the scalar
  /// products of channels divided by the number of positions.
  public func channelGramMatrices(_ features: Value) throws -> Value {
    let (rows, positions) = try flattenedPositions(features)
    return try scaled(gramProduct(rows, rows), by: 1 / Float(positions))
  }

  /// Adds the Gram matrices between two feature maps of the same positions: batch x channels of `a` x channels of `b`,
  /// divided by the number of positions. (Yim, Joo, Bae, Kim 2017, "A gift from knowledge distillation", equation 1.)
  public func flowMatrices(_ a: Value, _ b: Value) throws -> Value {
    let (left, positions) = try flattenedPositions(a)
    return try scaled(gramProduct(left, flattenedPositions(b).rows), by: 1 / Float(positions))
  }

  /// Batch x channels x positions... with all positions on one axis, and their number.
  private func flattenedPositions(_ x: Value) throws -> (rows: Value, positions: Int) {
    let shape = try shape(of: x)
    guard shape.rank >= 3, let positions = ValueShape(Array(shape.dimensions[2...])).fixedShape?.count, positions > 0
    else { throw PareError(.badInput, "a value of shape \(shape) is no feature map") }
    let rows = try add(Reshape(to: [shape[0], shape[1], .fixed(positions)]), x)
    return (rows, positions)
  }
}
