import CKernels
import Testing

/// bfloat16 bits, rounded to nearest even: the definition, element by element.
private func rounded(_ value: Float) -> UInt16 {
  if value.isNaN { return UInt16(value.bitPattern >> 16) | 0x40 }
  let (quotient, rest) = value.bitPattern.quotientAndRemainder(dividingBy: 0x10000)
  let roundsUp = rest > 0x8000 || (rest == 0x8000 && quotient % 2 == 1)
  return UInt16(quotient + (roundsUp ? 1 : 0))
}

private func widened(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

// Serialized: the CPU level is the process's.
extension KernelTests {
  @Test(arguments: KernelCase.all)
  func bfloat16Conversion(_ test: KernelCase) {
    test.select()
    // Ties to both sides, subnormal numbers, the largest ones (which round to infinity), zeros, NaN with a low payload.
    let special: [UInt32] = [
      0x3F80_8000, 0x3F81_8000, 0x3F80_7FFF, 0x3F80_8001, 0xBF81_8000, 0, 0x8000_0000, 1, 0x0000_8000, 0x0001_8000,
      0x7F7F_FFFF, 0xFF7F_8000, 0x7F80_0000, 0xFF80_0000, 0x7F80_0001, 0xFFC0_1234,
    ]
    let x = special.map(Float.init(bitPattern:)) + values(test.size, seed: 21, range: 1e4)
    var half = [UInt16](repeating: 0xAAAA, count: x.count + 1)
    pk_bf16_from_float(Int64(x.count), x, &half)
    #expect(half == x.map(rounded) + [0xAAAA])
    var back = [Float](repeating: 7, count: x.count + 1)
    pk_float_from_bf16(Int64(x.count), half, &back)
    #expect(back.map(\.bitPattern) == half.dropLast().map { widened($0).bitPattern } + [Float(7).bitPattern])
  }

  @Test(arguments: KernelCase.all)
  func bfloat16Elementwise(_ test: KernelCase) {
    test.select()
    // Both zeros, infinities and NaN of both signs, the smallest and largest numbers, then whatever bits there are.
    let special: [UInt16] = [0, 0x8000, 1, 0x8001, 0x7F80, 0xFF80, 0x7FC0, 0xFFC0, 0x7F81, 0xFF81, 0x7F7F, 0xFF7F]
    let a = special + (0..<test.size).map { UInt16(truncatingIfNeeded: $0 &* 40_503) }
    let b = a.indices.map { UInt16(truncatingIfNeeded: $0 &* 12_289 &+ 77) }
    let n = Int64(a.count)
    var y = a
    pk_relu_bf16(n, a, &y)
    #expect(y == a.map { widened($0) < 0 ? 0 : $0 })
    pk_relu_gradient_bf16(n, b, a, &y)
    #expect(y == zip(a, b).map { widened($0) > 0 ? $1 : 0 })
    var overwritten = a
    overwritten.withUnsafeMutableBufferPointer { pk_relu_bf16(n, $0.baseAddress!, $0.baseAddress!) }
    #expect(overwritten == a.map { widened($0) < 0 ? 0 : $0 })
    overwritten = b
    overwritten.withUnsafeMutableBufferPointer { pk_relu_gradient_bf16(n, $0.baseAddress!, a, $0.baseAddress!) }
    #expect(overwritten == y)
    // Which NaN comes out of two is the processor's choice.
    pk_add_bf16(n, a, b, &y)
    let sums = zip(a, b).map { widened($0) + widened($1) }
    #expect(zip(y, sums).allSatisfy { $1.isNaN ? widened($0).isNaN : $0 == rounded($1) })
  }

  @Test(arguments: KernelCase.all)
  func bfloat16ColumnSums(_ test: KernelCase) {
    test.select()
    let channels = 19
    let half = values(test.size * channels, seed: 22).map(rounded)
    var sums = [Float](repeating: 0, count: channels)
    var scratch = [Double](repeating: .nan, count: channels * Int(test.threads))
    pk_column_sums_bf16(Int64(test.size), Int64(channels), half, &sums, &scratch)
    for c in 0..<channels {
      let column = stride(from: c, to: half.count, by: channels).map { Double(widened(half[$0])) }
      let magnitude = column.reduce(0) { $0 + abs($1) }
      #expect(abs(Double(sums[c]) - column.reduce(0, +)) <= roundings * max(1, magnitude))
    }
  }

  /// The same numbers as the float32 kernels give on the widened elements, rounded; statistics are equal to the bit.
  @Test(arguments: KernelCase.all, [3, 37])
  func bfloat16BatchNormalisation(_ test: KernelCase, channels: Int) {
    test.select()
    let (rows, n) = (Int64(test.size), Int64(channels))
    let half = (5...7).map { values(test.size * channels, seed: $0).map(rounded) }
    let float = half.map { $0.map(widened) }
    let (scale, shift) = (values(channels, seed: 8), values(channels, seed: 9))
    var scratch = [Float](repeating: 0, count: pk_bn_scratch_floats(n))
    let empty = [Float](repeating: 0, count: channels)
    var (y, dx, residual) = (float[0], float[0], float[0])
    var (mean, inverse, dscale, dshift) = (empty, empty, empty, empty)
    pk_bn_forward(
      rows, n, float[0], scale, shift, 1e-3, 0.1, nil, nil, nil, nil, &mean, &inverse, 1, float[2], &y, &scratch)
    // The mask is taken from what was stored.
    let stored = y.map { widened(rounded($0)) }
    pk_bn_backward(
      rows, n, float[0], float[1], stored, 1, scale, nil, mean, inverse, &dx, &dscale, &dshift, &residual, &scratch)

    var (halfY, halfDX, halfResidual) = (half[0], half[0], half[0])
    var (halfMean, halfInverse, halfDScale, halfDShift) = (empty, empty, empty, empty)
    pk_bn_forward_bf16(
      rows, n, half[0], scale, shift, 1e-3, 0.1, nil, nil, nil, nil, &halfMean, &halfInverse, 1, half[2], &halfY,
      &scratch)
    pk_bn_backward_bf16(
      rows, n, half[0], half[1], halfY, 1, scale, nil, mean, inverse, &halfDX, &halfDScale, &halfDShift, &halfResidual,
      &scratch)
    #expect(halfY == y.map(rounded) && halfDX == dx.map(rounded) && halfResidual == residual.map(rounded))
    #expect(halfMean == mean && halfInverse == inverse && halfDScale == dscale && halfDShift == dshift)

    pk_scale_shift(rows, n, float[0], scale, shift, 1, &y)
    pk_scale_shift_bf16(rows, n, half[0], scale, shift, 1, &halfY)
    #expect(halfY == y.map(rounded))
  }
}
