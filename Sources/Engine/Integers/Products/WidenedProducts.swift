import CKernels
import COneDNN
import Tensors

/// Products of bytes by Pare's own kernels, which widen them to 16 bits: exact on every processor.
final class WidenedProducts: IntegerProducts {
  /// Products whose sums stay within 32 bits.
  private static let mostProducts = 32_000

  private var convolution: pk_integer_convolution
  /// The distances of output channels, input channels, rows and columns in the plain weights.
  private let strides: [Int64]
  private let weightsZeroPoint: Int32
  /// What sums are multiplied by, and what is added then, by output channel: in units of the result's scale where it has
  /// one and nothing but limits follows.
  private let factors: [Float]
  /// The matrices of each product of a batch, counted in operands.
  private let batch: [(x: Int, weights: Int)]
  private let packed: AlignedMemory
  private var isPacked = false
  private var bias: [Float]?
  private let biasUnit: Float
  private var sourceZeroPoint: Int32

  /// A convolution with a specification's window, types, scales and zero points; nil where sums could overflow.
  init?(_ spec: pdnn_conv_spec, scales: [Float], activation: FusedActivation) {
    let (taps, inputs) = (spec.kh * spec.kw, spec.c / spec.groups)
    guard taps * inputs <= Self.mostProducts,
      let result = Result(spec.dst_type, spec.dst_scale, spec.dst_zero_point, activation)
    else { return nil }
    convolution = result.convolution(pk_window(spec), isSigned: spec.src_type == PDNN_S8)
    strides = [inputs * taps, taps, spec.kw, 1]
    weightsZeroPoint = 0
    sourceZeroPoint = spec.src_zero_point.number
    biasUnit = result.unit
    factors = Self.factors(scales, times: spec.src_scale / biasUnit, count: Int(spec.o))
    batch = [(0, 0)]
    packed = AlignedMemory(byteCount: pk_integer_convolution_weights(&convolution))
  }

  /// A product of matrices with a specification's extents, types, scales and zero points; nil where sums could overflow.
  init?(_ spec: pdnn_matmul_spec, scales: [Float], activation: FusedActivation) {
    guard spec.k <= Self.mostProducts, spec.transpose_a == 0,
      let result = Result(spec.c_type, spec.c_scale, spec.c_zero_point, activation)
    else { return nil }
    let window = pk_window(
      n: 1, c: spec.k, h: 1, w: spec.m, o: spec.n, oh: 1, ow: spec.m, kh: 1, kw: 1, groups: 1, stride_h: 1,
      stride_w: 1, dilation_h: 1, dilation_w: 1, pad_top: 0, pad_left: 0)
    convolution = result.convolution(window, isSigned: spec.a_type == PDNN_S8)
    strides = spec.transpose_b != 0 ? [spec.k, 1, 0, 0] : [1, spec.n, 0, 0]
    weightsZeroPoint = spec.b_zero_point.number
    sourceZeroPoint = spec.a_zero_point.number
    biasUnit = result.unit
    factors = Self.factors(scales, times: (spec.scale == 0 ? 1 : spec.scale) / biasUnit, count: Int(spec.n))
    batch = spec.batchPairs
    packed = AlignedMemory(byteCount: pk_integer_convolution_weights(&convolution))
  }

  private static func factors(_ scales: [Float], times common: Float, count: Int) -> [Float] {
    guard !scales.isEmpty else { return [Float](repeating: common, count: count) }
    return (0..<count).map { common * scales[scales.count == 1 ? 0 : $0] }
  }

  var scratchBytes: Int { pk_integer_convolution_scratch(&convolution) }
  var implementation: String { "pare" }

  func prepare(weights: Tensor?, bias: [Float]?) throws {
    self.bias = bias?.map { $0 / biasUnit }
    weights?.withUnsafeBytes { pack($0.baseAddress) }
    isPacked = weights != nil
  }

  private func pack(_ weights: UnsafeRawPointer?) {
    guard let weights else { return }
    pk_integer_convolution_pack(
      &convolution, weights.assumingMemoryBound(to: Int8.self), strides, weightsZeroPoint, packed.base)
  }

  func setSourceZeroPoint(_ value: Int32) { sourceZeroPoint = value }

  func run(
    _ x: UnsafeMutableRawPointer?, weights: UnsafeMutableRawPointer?, into y: UnsafeMutableRawPointer?,
    scratch: UnsafeMutableRawPointer?
  ) {
    guard let x, let y, let scratch else { return }
    let window = convolution.window
    let (left, right, results) = (Int(window.w * window.c), Int(window.c * window.o), Int(window.ow * window.o))
    let resultBytes = results * (convolution.result == PK_BYTES ? 1 : MemoryLayout<Float>.size)
    var last: Int?
    for (index, place) in batch.enumerated() {
      if !isPacked, place.weights != last { pack(weights.map { UnsafeRawPointer($0 + place.weights * right) }) }
      last = place.weights
      pk_integer_convolution_run(
        &convolution, x + place.x * left, sourceZeroPoint, packed.base, factors, bias, y + index * resultBytes, scratch)
    }
  }
}

/// What the sums of a specification become.
private struct Result {
  private let kind: pk_integer_result
  private let scale: Float
  private let zeroPoint: Int32
  private let limits: ClosedRange<Int>
  private let activation: FusedActivation
  /// What factors and bias are divided by.
  let unit: Float

  /// Nil for a type that products do not give.
  init?(_ type: pdnn_type, _ scale: Float, _ zeroPoint: pdnn_zero_point, _ activation: FusedActivation) {
    self.zeroPoint = zeroPoint.number
    switch type {
    case PDNN_S8, PDNN_U8:
      guard
        let format = IntegerFormat(
          type == PDNN_U8 ? .uint8 : .int8, scale: scale == 0 ? 1 : scale, zeroPoint: Int(zeroPoint.number))
      else { return nil }
      kind = PK_BYTES
      if let limits = format.limits(activation) {
        (self.limits, self.activation, self.scale, unit) = (limits, .none, 1, format.scale)
      } else {
        (limits, self.activation, self.scale, unit) = (format.range, activation, format.scale, 1)
      }
    case PDNN_F32, PDNN_S32:
      kind = type == PDNN_F32 ? PK_NUMBERS : PK_SUMS
      (limits, self.activation, self.scale, unit) = (0...0, activation, 1, 1)
    default: return nil
    }
  }

  func convolution(_ window: pk_window, isSigned: Bool) -> pk_integer_convolution {
    pk_integer_convolution(
      window: window, x_is_signed: isSigned ? 1 : 0, result: kind, activation: pk_activation(activation),
      scale: scale, zero_point: zeroPoint, low: Int32(limits.lowerBound), high: Int32(limits.upperBound))
  }
}

extension pdnn_zero_point {
  fileprivate var number: Int32 { exists == 0 ? 0 : value }
}

extension pdnn_matmul_spec {
  /// Which matrices of the operands each product of the batch multiplies.
  fileprivate var batchPairs: [(x: Int, weights: Int)] {
    let rank = Int(batch_rank)
    let (a, b) = withUnsafeBytes(of: a_batch) { a in
      withUnsafeBytes(of: b_batch) { b in
        (
          a.bindMemory(to: Int64.self).prefix(rank).map { Int($0) },
          b.bindMemory(to: Int64.self).prefix(rank).map { Int($0) }
        )
      }
    }
    var pairs = [(x: 0, weights: 0)]
    for (left, right) in zip(a, b) {
      pairs = pairs.flatMap { pair in
        (0..<max(left, right)).map { index in
          (pair.x * left + (left == 1 ? 0 : index), pair.weights * right + (right == 1 ? 0 : index))
        }
      }
    }
    return pairs
  }
}
