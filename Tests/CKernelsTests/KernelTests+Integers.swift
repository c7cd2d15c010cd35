import CKernels
import Testing

extension KernelTests {
  /// Kernels on numbers held in bytes.
  @Suite(.serialized) struct Integers {
    /// Bytes that repeat from run to run.
    private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
      values(count, seed: seed, range: 128).map { UInt8(truncatingIfNeeded: Int($0)) }
    }

    private func integer(_ byte: UInt8, _ format: pk_q8) -> Int {
      format.is_signed != 0 ? Int(Int8(bitPattern: byte)) : Int(byte)
    }

    private func number(_ byte: UInt8, _ format: pk_q8) -> Float {
      Float(integer(byte, format) - Int(format.zero_point)) * format.scale
    }

    private func quantized(_ value: Float, _ format: pk_q8, _ low: Int32, _ high: Int32) -> UInt8 {
      let steps = (value / format.scale).rounded(.toNearestOrEven) + Float(format.zero_point)
      return UInt8(truncatingIfNeeded: Int(min(Float(high), max(Float(low), steps))))
    }

    /// Signed and unsigned operands, zero points, limits; results equal float arithmetic bit by bit, ties included.
    private static let forms: [pk_q8_binary] = [PK_ADD, PK_SUB, PK_MUL].flatMap { operation in
      [
        pk_q8_binary(
          op: operation, a: pk_q8(scale: 0.0123, zero_point: 3, is_signed: 0),
          b: pk_q8(scale: 0.0371, zero_point: -7, is_signed: 1),
          y: pk_q8(scale: 0.041, zero_point: -5, is_signed: 1), low: -128, high: 127),
        pk_q8_binary(
          op: operation, a: pk_q8(scale: 0.5, zero_point: 0, is_signed: 1),
          b: pk_q8(scale: 0.5, zero_point: 0, is_signed: 0), y: pk_q8(scale: 1, zero_point: 11, is_signed: 0), low: 11,
          high: 200),
      ]
    }

    private func result(_ a: UInt8, _ b: UInt8, _ form: pk_q8_binary) -> UInt8 {
      let (left, right) = (number(a, form.a), number(b, form.b))
      let value = form.op == PK_ADD ? left + right : form.op == PK_SUB ? left - right : left * right
      return quantized(value, form.y, form.low, form.high)
    }

    @Test(arguments: KernelCase.all)
    func binary(_ test: KernelCase) {
      test.select()
      let (a, b) = (bytes(test.size, seed: 1), bytes(test.size, seed: 2))
      var y = a
      for var form in Self.forms {
        pk_q8_binary_run(&form, Int64(test.size), a, b, &y)
        #expect(y == zip(a, b).map { result($0, $1, form) })
      }
    }

    /// One number a channel, one in all, and a left operand that is repeated.
    @Test(arguments: KernelCase.all)
    func broadcast(_ test: KernelCase) {
      test.select()
      let channels = 19
      let a = bytes(test.size * channels, seed: 3)
      let b = bytes(channels, seed: 4)
      var y = a
      let dims = [Int64(test.size), Int64(channels)]
      for var form in Self.forms {
        pk_q8_binary_broadcast(&form, 2, dims, [Int64(channels), 1], [0, 1], a, b, &y)
        #expect(y == a.indices.map { result(a[$0], b[$0 % channels], form) })
        pk_q8_binary_broadcast(&form, 2, dims, [Int64(channels), 1], [0, 0], a, b, &y)
        #expect(y == a.indices.map { result(a[$0], b[0], form) })
        pk_q8_binary_broadcast(&form, 2, dims, [0, 1], [Int64(channels), 1], b, a, &y)
        #expect(y == a.indices.map { result(b[$0 % channels], a[$0], form) })
        pk_q8_binary_broadcast(&form, 2, dims, [0, 0], [Int64(channels), 1], b, a, &y)
        #expect(y == a.indices.map { result(b[0], a[$0], form) })
      }
    }

    @Test(arguments: KernelCase.all, [0, 1])
    func averagePool(_ test: KernelCase, countsPadding: Int32) {
      test.select()
      let c = test.size % 97 + 1
      var pool = pk_pool()
      (pool.n, pool.h, pool.w, pool.c, pool.oh, pool.ow) = (2, 5, 5, Int64(c), 3, 3)
      (pool.kh, pool.kw, pool.stride_h, pool.stride_w) = (3, 3, 2, 2)
      (pool.pad_top, pool.pad_left, pool.pad_bottom, pool.pad_right) = (1, 1, 1, 1)
      (pool.dilation_h, pool.dilation_w, pool.count_include_pad) = (1, 1, countsPadding)
      let x = bytes(50 * c, seed: 5)
      for (from, to) in [
        (pk_q8(scale: 0.02, zero_point: 9, is_signed: 1), pk_q8(scale: 0.013, zero_point: 100, is_signed: 0)),
        (pk_q8(scale: 0.02, zero_point: 0, is_signed: 0), pk_q8(scale: 0.02, zero_point: 0, is_signed: 1)),
      ] {
        var y = [UInt8](repeating: 0, count: 18 * c)
        pk_q8_average_pool(&pool, from, to, to.is_signed != 0 ? -128 : 0, to.is_signed != 0 ? 127 : 255, x, &y)
        for i in y.indices {
          let (channel, column, row, image) = (i % c, i / c % 3, i / c / 3 % 3, i / c / 9)
          let taps = (max(0, row * 2 - 1)...min(4, row * 2 + 1)).flatMap { h in
            (max(0, column * 2 - 1)...min(4, column * 2 + 1)).map { w in ((image * 5 + h) * 5 + w) * c + channel }
          }
          let sum = taps.reduce(0.0) { $0 + Double(integer(x[$1], from) - Int(from.zero_point)) }
          let mean = sum * Double(from.scale) / Double(countsPadding != 0 ? 9 : taps.count)
          let exact = mean / Double(to.scale) + Double(to.zero_point)
          let limited = to.is_signed != 0 ? min(127, max(-128, exact)) : min(255, max(0, exact))
          // Half a step is rounding.
          #expect(abs(Double(integer(y[i], to)) - limited) <= 0.5 + 1e-4)
        }
      }
    }

    @Test(arguments: KernelCase.all)
    func lookup(_ test: KernelCase) {
      test.select()
      let table = (0..<256).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
      let x = bytes(test.size, seed: 6)
      var y = x
      pk_lookup(Int64(test.size), x, table, &y)
      #expect(y == x.map { table[Int($0)] })
      // In place.
      var z = x
      z.withUnsafeMutableBytes { pk_lookup(Int64(test.size), $0.baseAddress!, table, $0.baseAddress!) }
      #expect(z == y)
    }

    @Test(arguments: KernelCase.all)
    func products(_ test: KernelCase) {
      test.select()
      let columns = 7
      let left = (0..<test.size).map { Int32($0 % 11 - 5) }
      let right = (0..<columns).map { Int32($0 * 1_000_003) }
      let start = (0..<(test.size * columns)).map { Int32($0) }
      var y = start
      pk_subtract_products(Int64(test.size), Int64(columns), left, 0, right, &y)
      #expect(y == start.indices.map { start[$0] - left[$0 / columns] * right[$0 % columns] })
      y = start
      pk_subtract_products(Int64(test.size), Int64(columns), [9], 1, right, &y)
      #expect(y == start.indices.map { start[$0] - 9 * right[$0 % columns] })
    }
  }
}
