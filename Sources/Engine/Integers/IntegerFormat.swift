import CKernels
import COneDNN
import Graphs
import Tensors

/// How 8-bit integers stand for the numbers of an activation: number = (integer - zeroPoint) * scale.
struct IntegerFormat: Hashable, Sendable {
  /// The scales that kernels compute with: far enough from the ends of float's range for products and quotients.
  static let ordinaryScales: ClosedRange<Float> = 0x1p-30...0x1p30

  /// int8 or uint8.
  let dataType: DataType
  /// One step of the integers.
  let scale: Float
  /// The integer that stands for 0.
  let zeroPoint: Int

  /// Makes a format; nil for other types, and for scales that are not positive numbers.
  init?(_ dataType: DataType, scale: Float, zeroPoint: Int = 0) {
    guard dataType == .int8 || dataType == .uint8, scale > 0, scale.isFinite else { return nil }
    self.dataType = dataType
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// The integers that there are.
  var range: ClosedRange<Int> { dataType == .uint8 ? 0...255 : -128...127 }

  /// Whether kernels can compute with the scale.
  var isOrdinary: Bool { Self.ordinaryScales.contains(scale) }

  /// The number for an integer, as DequantizeLinear gives it.
  func number(_ integer: Int) -> Float { Float(integer - zeroPoint) * scale }

  /// The integer for a number, as QuantizeLinear gives it; NaN is taken for 0.
  func integer(_ number: Float) -> Int { limited(Double((number / scale).rounded(.toNearestOrEven))) }

  /// The integer for a number in double precision.
  func integer(_ number: Double) -> Int { limited((number / Double(scale)).rounded(.toNearestOrEven)) }

  private func limited(_ steps: Double) -> Int {
    guard !steps.isNaN else { return zeroPoint }
    return Int(max(Double(range.lowerBound), min(Double(range.upperBound), steps + Double(zeroPoint))))
  }

  /// The integers that remain behind an activation which only limits; nil for other activations. Limiting integers is
  /// the same as limiting numbers, since rounding keeps their order.
  func limits(_ activation: FusedActivation) -> ClosedRange<Int>? {
    switch activation {
    case .none: return range
    case .relu: return min(max(zeroPoint, range.lowerBound), range.upperBound)...range.upperBound
    case .clip(let low, let high):
      let top = integer(Float(high))
      return min(integer(Float(low)), top)...top
    case .sigmoid, .hardSwish, .hardSigmoid, .swish: return nil
    }
  }

  /// The format as Pare's kernels want it.
  var kernelFormat: pk_q8 {
    pk_q8(scale: scale, zero_point: Int32(zeroPoint), is_signed: dataType == .int8 ? 1 : 0)
  }

  /// The element type as oneDNN wants it.
  var oneDNNType: pdnn_type { dataType == .uint8 ? PDNN_U8 : PDNN_S8 }

  /// The zero point as oneDNN wants it: none where it is 0.
  var oneDNNZeroPoint: pdnn_zero_point { pdnn_zero_point(exists: zeroPoint == 0 ? 0 : 1, value: Int32(zeroPoint)) }
}

extension Tensor {
  /// The numbers that integers stand for, in double precision.
  func numbers(_ format: IntegerFormat) -> Tensor {
    Tensor(
      doubles: doubles.map { ($0 - Double(format.zeroPoint)) * Double(format.scale) }, shape: shape, dataType: .float64)
  }

  /// The numbers rounded to integers.
  func integers(_ format: IntegerFormat) -> Tensor {
    Tensor(doubles: doubles.map { Double(format.integer($0)) }, shape: shape, dataType: format.dataType)
  }
}
