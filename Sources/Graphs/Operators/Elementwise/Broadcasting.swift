import Tensors

/// Numpy's rule for elementwise operators on inputs of different shapes: shapes are aligned at the end, and an extent
/// of 1 (or a missing one) is repeated.
public enum Broadcasting {
  /// The shape that two shapes broadcast to.
  /// - Throws: `PareError.badInput` where they do not fit.
  public static func shape(_ a: ValueShape, _ b: ValueShape) throws -> ValueShape {
    let rank = max(a.rank, b.rank)
    var result: [Dimension] = []
    for axis in 0..<rank {
      let left = axis - (rank - a.rank) >= 0 ? a[axis - (rank - a.rank)] : .fixed(1)
      let right = axis - (rank - b.rank) >= 0 ? b[axis - (rank - b.rank)] : .fixed(1)
      if left == right || right == .fixed(1) {
        result.append(left)
      } else if left == .fixed(1) {
        result.append(right)
      } else {
        throw PareError(.badInput, "shapes \(a) and \(b) do not broadcast: axis \(axis) has \(left) and \(right)")
      }
    }
    return ValueShape(result)
  }

  /// The shape that two concrete shapes broadcast to; they must fit.
  public static func shape(_ a: Shape, _ b: Shape) throws -> Shape {
    try shape(ValueShape(a), ValueShape(b)).fixedShape!
  }

  /// Strides in elements with which a tensor of `shape` is read as if it had `target`'s shape: 0 along repeated axes.
  public static func strides(of shape: Shape, in target: Shape) -> [Int] {
    let own = shape.strides
    let offset = target.rank - shape.rank
    return target.dimensions.indices.map { axis in
      axis < offset || shape[axis - offset] == 1 ? 0 : own[axis - offset]
    }
  }

  /// The axes of `output` along which an input of shape `input` was repeated, whose gradient is summed over them.
  public static func repeatedAxes(of input: ValueShape, in output: ValueShape) -> [Int] {
    let offset = output.rank - input.rank
    return (0..<output.rank).filter { axis in
      axis < offset || (input[axis - offset] == .fixed(1) && output[axis] != .fixed(1))
    }
  }

  /// Offsets in elements of every element of `target`'s shape, row-major, for a tensor read with `strides`.
  static func offsets(strides: [Int], over target: Shape) -> [Int] {
    var offsets = [0]
    for axis in 0..<target.rank {
      offsets = offsets.flatMap { base in (0..<target[axis]).map { base + $0 * strides[axis] } }
    }
    return offsets
  }
}

extension Tensor {
  /// The tensor with a function applied to every element, in double precision (integers through doubles).
  package func mapElements(_ body: (Double) -> Double) -> Tensor {
    Tensor(doubles: doubles.map(body), shape: shape, dataType: dataType)
  }

  /// Two tensors of equal shape combined element by element.
  package func zipElements(with other: Tensor, _ body: (Double, Double) -> Double) -> Tensor {
    precondition(shape == other.shape, "shapes \(shape) and \(other.shape)")
    return Tensor(doubles: zip(doubles, other.doubles).map(body), shape: shape, dataType: dataType)
  }

  /// Two tensors combined element by element with broadcasting.
  /// - Throws: `PareError.badInput` where the shapes do not fit.
  package func broadcastElements(with other: Tensor, _ body: (Double, Double) -> Double) throws -> Tensor {
    if shape == other.shape { return zipElements(with: other, body) }
    let target = try Broadcasting.shape(shape, other.shape)
    let left = Broadcasting.offsets(strides: Broadcasting.strides(of: shape, in: target), over: target)
    let right = Broadcasting.offsets(strides: Broadcasting.strides(of: other.shape, in: target), over: target)
    let (a, b) = (doubles, other.doubles)
    return Tensor(doubles: zip(left, right).map { body(a[$0], b[$1]) }, shape: target, dataType: dataType)
  }
}

extension GraphBuilder {
  /// A gradient of a broadcast result, summed back to the shape of the input that was repeated.
  package func summed(_ gradient: Value, toShapeOf input: Value) throws -> Value {
    let from = try shape(of: gradient)
    let to = try shape(of: input)
    if from == to { return gradient }
    let axes = Broadcasting.repeatedAxes(of: to, in: from)
    let sum = axes.isEmpty ? gradient : try add(ReduceSum(axes: axes, keepDimensions: true), gradient)
    return try shape(of: sum) == to ? sum : add(Reshape(to: to), sum)
  }
}
