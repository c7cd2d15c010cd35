import CKernels
import Testing

extension KernelTests {
  /// Convolutions of bytes without VNNI.
  @Suite(.serialized) struct IntegerConvolutions {
    private static let cases: [WindowCase] = [
      WindowCase("3x3", c: 5, h: 7, w: 6, o: 4, kernel: (3, 3), pad: 1),
      WindowCase(
        "7x7 of three channels, stride 2", n: 2, c: 3, h: 21, w: 20, o: 24, kernel: (7, 7), stride: 2, pad: 3),
      WindowCase("1x1", n: 3, c: 40, h: 9, w: 11, o: 33, kernel: (1, 1)),
      WindowCase("1x1, stride 2", c: 17, h: 8, w: 8, o: 16, kernel: (1, 1), stride: 2),
      WindowCase("several passes", n: 5, c: 64, h: 28, w: 28, o: 20, kernel: (3, 3), pad: 1),
      WindowCase(
        "several passes an image", n: 2, c: 64, h: 40, w: 200, o: 9, kernel: (3, 3), stride: 2, dilation: 2, pad: 1),
      WindowCase("a pass a row", c: 70, h: 4, w: 2000, o: 3, kernel: (2, 1)),
      WindowCase(
        "depthwise, several passes", n: 2, c: 40, h: 80, w: 80, o: 40, kernel: (3, 3), groups: 40, pad: 1),
      WindowCase("rows of a matrix", c: 31, h: 1, w: 130, o: 50, kernel: (1, 1)),
      WindowCase("one row", c: 300, h: 1, w: 1, o: 70, kernel: (1, 1)),
      WindowCase("dilated", c: 6, h: 15, w: 15, o: 20, kernel: (3, 3), dilation: 2, pad: 2),
      WindowCase(
        "5x2, stride 3, uneven padding", c: 4, h: 17, w: 19, o: 7, kernel: (5, 2), stride: 3, pad: 2, padBehind: 0),
      WindowCase("groups", n: 2, c: 15, h: 6, w: 5, o: 60, kernel: (3, 3), groups: 3, pad: 1),
      WindowCase("depthwise", n: 2, c: 35, h: 9, w: 9, o: 35, kernel: (3, 3), groups: 35, pad: 1),
      WindowCase(
        "depthwise 5x5, stride 2", c: 16, h: 11, w: 12, o: 16, kernel: (5, 5), groups: 16, stride: 2, pad: 2),
      WindowCase(
        "depthwise, dilated", c: 9, h: 12, w: 12, o: 9, kernel: (3, 4), groups: 9, dilation: 2, pad: 2),
      WindowCase(
        "depthwise, more taps than are held", c: 5, h: 14, w: 14, o: 5, kernel: (12, 12), groups: 5, pad: 2),
      WindowCase("depthwise with a multiplier", c: 6, h: 7, w: 7, o: 12, kernel: (3, 3), groups: 6, pad: 1),
      WindowCase("padding wider than the window", c: 2, h: 3, w: 3, o: 5, kernel: (2, 2), pad: 3),
    ]

    private static let levels: [(level: String, threads: Int32)] = [
      ("avx512", 1), ("avx512", 2), ("avx2", 1), ("avx2", 2), ("avx2", 5), ("portable", 2),
    ]
    private static let weightsZeroPoint = -3

    private func integers(_ count: Int, in range: ClosedRange<Int>, seed: UInt64) -> [Int] {
      values(count, seed: seed, range: 1).map {
        min(range.upperBound, range.lowerBound + Int(($0 + 1) / 2 * Float(range.count)))
      }
    }

    /// The exact sums, channels last.
    private func sums(_ w: pk_window, _ x: [Int], zero: Int, _ weights: [Int]) -> [Int] {
      let (c, o) = (Int(w.c / w.groups), Int(w.o / w.groups))
      let (h, width, oh, ow, taps) = (Int(w.h), Int(w.w), Int(w.oh), Int(w.ow), Int(w.kh * w.kw))
      return (0..<Int(w.n * w.oh * w.ow * w.o)).map { index in
        let (channel, place) = (index % Int(w.o), index / Int(w.o))
        let (image, row, column) = (place / (oh * ow), place / ow % oh, place % ow)
        var sum = 0
        for tap in 0..<taps {
          let i = row * Int(w.stride_h) + tap / Int(w.kw) * Int(w.dilation_h) - Int(w.pad_top)
          let j = column * Int(w.stride_w) + tap % Int(w.kw) * Int(w.dilation_w) - Int(w.pad_left)
          guard i >= 0, j >= 0, i < h, j < width else { continue }
          for k in 0..<c {
            let weight = weights[(channel * c + k) * taps + tap] - Self.weightsZeroPoint
            sum += weight * (x[((image * h + i) * width + j) * Int(w.c) + channel / o * c + k] - zero)
          }
        }
        return sum
      }
    }

    /// Bytes of both signs at their ends, so that products of 16 bits would saturate.
    @Test(arguments: cases, [false, true])
    func isItsDefinition(_ test: WindowCase, isSigned: Bool) throws {
      let window = test.window
      let zero = isSigned ? -7 : 117
      let x = integers(Int(window.n * window.c * window.h * window.w), in: isSigned ? -128...127 : 0...255, seed: 1)
      let taps = Int(window.kh * window.kw)
      let inputs = Int(window.c / window.groups)
      let weights = integers(Int(window.o) * inputs * taps, in: -128...127, seed: 2)
      let expected = sums(window, x, zero: zero, weights)
      let factors = (0..<Int(window.o)).map { 0.0002 + 0.00005 * Float($0 % 5) }
      let bias = values(Int(window.o), seed: 3)
      let numbers = expected.enumerated().map { index, sum in
        let channel = index % Int(window.o)
        return max(Double(factors[channel]) * Double(sum) + Double(bias[channel]), 0)
      }
      let bytes = x.map { UInt8(truncatingIfNeeded: $0) }
      let strides = [Int64(inputs * taps), Int64(taps), window.kw, 1]
      // Without activation and scale the limits take the place of both.
      for (result, isPlain) in [(PK_SUMS, false), (PK_NUMBERS, false), (PK_BYTES, false), (PK_BYTES, true)] {
        let unit: Float = isPlain ? 0.0625 : 1
        var convolution = pk_integer_convolution(
          window: window, x_is_signed: isSigned ? 1 : 0, result: result,
          activation: pk_activation(exists: isPlain ? 0 : 1, op: PK_RELU, alpha: 0, beta: 0),
          scale: 0.0625 / unit, zero_point: 9, low: isPlain ? 9 : isSigned ? -128 : 0, high: isSigned ? 127 : 255)
        let packed = AlignedBytes(pk_integer_convolution_weights(&convolution))
        pk_integer_convolution_pack(
          &convolution, weights.map { Int8($0) }, strides, Int32(Self.weightsZeroPoint), packed.base)
        for (level, threads) in Self.levels {
          pk_force_cpu_level(level)
          pk_set_threads(threads)
          let scratch = AlignedBytes(pk_integer_convolution_scratch(&convolution))
          var words = [Int32](repeating: -1, count: expected.count)
          pk_integer_convolution_run(
            &convolution, bytes, Int32(zero), packed.base, factors.map { $0 / unit }, bias.map { $0 / unit }, &words,
            scratch.base)
          let message = Comment(rawValue: "\(level), \(threads) threads")
          switch result {
          case PK_SUMS: #expect(words.map { Int($0) } == expected, message)
          case PK_NUMBERS:
            let floats = words.map { Float(bitPattern: UInt32(bitPattern: $0)) }
            #expect(error(floats, numbers) < 1e-5, message)
          default:
            let worst = words.withUnsafeBytes { memory in
              zip(memory, numbers).map { byte, number in
                let integer = isSigned ? Double(Int8(bitPattern: byte)) : Double(byte)
                let exact = min(max(number / 0.0625 + 9, isSigned ? -128 : 0), isSigned ? 127 : 255)
                return abs(integer - exact)
              }.max()!
            }
            #expect(worst < 0.501, message)
          }
        }
      }
    }
  }
}

/// Memory for kernels that want it aligned.
private final class AlignedBytes {
  let base: UnsafeMutableRawPointer

  init(_ count: Int) {
    base = .allocate(byteCount: count, alignment: 64)
    // Whatever another kernel left there must not be seen.
    base.initializeMemory(as: UInt8.self, repeating: 0xff, count: count)
  }

  deinit { base.deallocate() }
}
