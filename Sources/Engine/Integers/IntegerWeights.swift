import Graphs
import Tensors

/// Constant int8 weights with one scale, or one per index of an axis: what integer products multiply by.
struct IntegerWeights: Sendable {
  /// The integers, of type int8.
  let integers: Tensor
  /// The scales.
  let scales: [Float]
  /// The integer that stands for 0; other than 0 only where subtracting it would not leave 8 bits.
  let zeroPoint: Int

  /// Takes 8-bit weights with any zero points, which are subtracted where that leaves 8 bits.
  ///
  /// - Parameter axis: the axis that several scales or zero points must run along.
  /// - Returns: nil where the weights are of another type, lie otherwise, or do not fit.
  init?(_ tensor: Tensor, scales: [Float], zeroPoints: [Int], alongAxis given: Int, axis: Int) {
    guard tensor.dataType == .int8 || tensor.dataType == .uint8, tensor.shape.rank > axis,
      scales.allSatisfy({ $0 > 0 && $0.isFinite })
    else { return nil }
    let count = max(scales.count, zeroPoints.count)
    if count > 1 {
      guard (try? Shape.normalizedAxis(given, rank: tensor.shape.rank)) == axis, count == tensor.shape[axis],
        scales.count == 1 || scales.count == count, zeroPoints.count == 1 || zeroPoints.count == count
      else { return nil }
    }
    self.scales = scales
    if tensor.dataType == .int8, zeroPoints.allSatisfy({ $0 == 0 }) {
      (integers, zeroPoint) = (tensor, 0)
      return
    }
    let inner = tensor.shape.dimensions[(axis + 1)...].reduce(1, *)
    let extent = tensor.shape[axis]
    let centered = tensor.integers.enumerated().map { index, value in
      value - zeroPoints[zeroPoints.count == 1 ? 0 : index / inner % extent]
    }
    if centered.allSatisfy({ Int8(exactly: $0) != nil }) {
      (integers, zeroPoint) = (Tensor(centered.map { Int8($0) }, shape: tensor.shape), 0)
    } else if zeroPoints.count == 1 {
      let offset = tensor.dataType == .uint8 ? 128 : 0
      integers = Tensor(tensor.integers.map { Int8($0 - offset) }, shape: tensor.shape)
      zeroPoint = zeroPoints[0] - offset
    } else {
      return nil
    }
  }

  /// The largest magnitude that a sum over one output can reach, for 8-bit inputs less their zero point.
  func largestSum(outputAxis axis: Int) -> Int {
    let extent = integers.shape[axis]
    let inner = integers.shape.dimensions[(axis + 1)...].reduce(1, *)
    var sums = [Int](repeating: 0, count: extent)
    for (index, weight) in integers.array(of: Int8.self).enumerated() {
      sums[index / inner % extent] += abs(Int(weight))
    }
    return (sums.max() ?? 0) * 255
  }
}
