import CKernels
import Testing

/// Rounding to a grid and back.
extension KernelTests {
  @Test(arguments: KernelCase.all)
  func quantization(_ test: KernelCase) {
    test.select()
    var x = values(test.size, seed: 14, range: 20)
    for (i, special) in [Float.nan, .infinity, -.infinity, 0.25, -0.25, 0.75, -0.0].enumerated() where i < x.count {
      x[i] = special
    }
    var (q, u) = ([Int8](repeating: 0, count: x.count), [UInt8](repeating: 0, count: x.count))
    pk_quantize_s8(Int64(x.count), x, 0.1, 3, &q)
    pk_quantize_u8(Int64(x.count), x, 0.5, 9, &u)
    func rounded(_ value: Float, _ scale: Float, _ zero: Float, _ low: Float, _ high: Float) -> Float {
      let steps = (value / scale).rounded(.toNearestOrEven)
      return min(high, max(low, (steps.isNaN ? 0 : steps) + zero))
    }
    #expect(q == x.map { Int8(rounded($0, 0.1, 3, -128, 127)) })
    #expect(u == x.map { UInt8(rounded($0, 0.5, 9, 0, 255)) })
    var y = x
    pk_dequantize_u8(Int64(x.count), u, 0.5, 9, &y)
    #expect(y == u.map { (Float($0) - 9) * 0.5 })
    var (q16, u16) = ([Int16](repeating: 0, count: x.count), [UInt16](repeating: 0, count: x.count))
    pk_quantize_s16(Int64(x.count), x, 0.0005, -3, &q16)
    pk_quantize_u16(Int64(x.count), x, 0.0003, 900, &u16)
    #expect(q16 == x.map { Int16(rounded($0, 0.0005, -3, -32768, 32767)) })
    #expect(u16 == x.map { UInt16(rounded($0, 0.0003, 900, 0, 65535)) })
    pk_dequantize_s16(Int64(x.count), q16, 0.5, -3, &y)
    #expect(y == q16.map { (Float($0) + 3) * 0.5 })
    pk_dequantize_u16(Int64(x.count), u16, 0.5, 900, &y)
    #expect(y == u16.map { (Float($0) - 900) * 0.5 })
  }

  @Test(arguments: KernelCase.all)
  func quantizationAlongAnAxis(_ test: KernelCase) {
    test.select()
    let (channels, scales, zeros) = (3, [Float(0.1), 0.5, 2], [Int32(0), -7, 9])
    for inner in [1, 5] {
      let x = values(test.size * channels * inner, seed: 18, range: 20)
      var (q, y) = ([Int16](repeating: 0, count: x.count), x)
      pk_quantize_s16_axis(Int64(test.size), Int64(channels), Int64(inner), x, scales, zeros, &q)
      let channel = x.indices.map { $0 / inner % channels }
      let expected = zip(x, channel).map {
        Int16(($0 / scales[$1]).rounded(.toNearestOrEven)) + Int16(zeros[$1])
      }
      #expect(q == expected)
      pk_dequantize_s16_axis(Int64(test.size), Int64(channels), Int64(inner), q, scales, zeros, &y)
      #expect(y == zip(q, channel).map { Float($0 - Int16(zeros[$1])) * scales[$1] })
    }
  }
}
