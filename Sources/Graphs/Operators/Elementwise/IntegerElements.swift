import Tensors

extension Tensor {
  /// The tensor with a function applied to every element: floats in double precision; integers exactly, the result
  /// modulo the type's range (unsigned ones beyond 2^63 count as 2^63 - 1).
  package func mapElements(floats: (Double) -> Double, integers: (Int) -> Int) -> Tensor {
    if dataType.isFloat { return mapElements(floats) }
    return Tensor(self.integers.map { Int64(integers($0)) }, shape: shape).wrapped(to: dataType)
  }

  /// Two tensors of one type combined element by element with broadcasting: floats in double precision; integers
  /// exactly, the result modulo the type's range (unsigned ones beyond 2^63 count as 2^63 - 1).
  /// - Throws: `PareError.badInput` where the shapes do not fit.
  package func broadcastElements(
    with other: Tensor, floats: (Double, Double) -> Double, integers: (Int, Int) -> Int
  ) throws -> Tensor {
    if dataType.isFloat || other.dataType.isFloat { return try broadcastElements(with: other, floats) }
    let target = try Broadcasting.shape(shape, other.shape)
    let (a, b) = (self.integers, other.integers)
    let combined = Broadcasting.pairs(shape, other.shape, in: target).map { Int64(integers(a[$0], b[$1])) }
    return Tensor(combined, shape: target).wrapped(to: dataType)
  }

  /// Two tensors of one type compared element by element with broadcasting, floats as doubles and integers exactly.
  /// - Throws: `PareError.badInput` where the shapes do not fit.
  func compared(
    with other: Tensor, floats: (Double, Double) -> Bool, integers: (Int, Int) -> Bool
  ) throws -> Tensor {
    let target = try Broadcasting.shape(shape, other.shape)
    let pairs = Broadcasting.pairs(shape, other.shape, in: target)
    if dataType.isFloat || other.dataType.isFloat {
      let (a, b) = (doubles, other.doubles)
      return Tensor(pairs.map { floats(a[$0], b[$1]) }, shape: target)
    }
    let (a, b) = (self.integers, other.integers)
    return Tensor(pairs.map { integers(a[$0], b[$1]) }, shape: target)
  }
}

extension Broadcasting {
  /// For every element of `target`, row-major, the offsets of the elements of two tensors that meet there.
  static func pairs(_ a: Shape, _ b: Shape, in target: Shape) -> [(Int, Int)] {
    Array(
      zip(
        offsets(strides: strides(of: a, in: target), over: target),
        offsets(strides: strides(of: b, in: target), over: target)))
  }
}
