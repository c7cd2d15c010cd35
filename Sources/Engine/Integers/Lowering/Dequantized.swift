import Graphs
import Tensors

/// A value that is known to be DequantizeLinear of integers with constant scales.
struct Dequantized: Sendable {
  /// The name of the node that gives the numbers.
  let name: String
  /// The integers: a value or a parameter.
  var integers: String
  /// Their type.
  let dataType: DataType
  /// One scale, or one per index of the axis.
  let scales: [Float]
  /// As many zero points, or one.
  let zeroPoints: [Int]
  /// The axis that several scales run along.
  let axis: Int
  /// The integers where they are a parameter.
  var constant: Tensor?
  /// The parameters that hold scale and zero point ("" for none).
  let names: (scale: String, zeroPoint: String)

  /// The format of an activation; nil where there are several scales, or other than 8 bits.
  var format: IntegerFormat? {
    guard scales.count == 1, zeroPoints.count == 1 else { return nil }
    return IntegerFormat(dataType, scale: scales[0], zeroPoint: zeroPoints[0])
  }

  /// The same integers elsewhere, moved but not changed.
  func moved(to integers: String) -> Dequantized {
    var result = self
    result.integers = integers
    result.constant = nil
    return result
  }

  /// As constant weights of a product whose outputs lie along an axis.
  func weights(outputAxis axis: Int) -> IntegerWeights? {
    constant.flatMap {
      IntegerWeights($0, scales: scales, zeroPoints: zeroPoints, alongAxis: self.axis, axis: axis)
    }
  }
}
