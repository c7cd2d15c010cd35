import CKernels
import Testing

extension KernelTests {
  /// Products with weights that are mostly zero.
  @Suite(.serialized) struct Sparse {
    private static let cases: [WindowCase] = [
      WindowCase("3x3", c: 5, h: 7, w: 6, o: 4, kernel: (3, 3), pad: 1),
      WindowCase("3x3, two images", n: 2, c: 17, h: 14, w: 14, o: 35, kernel: (3, 3), pad: 1),
      WindowCase("3x3, stride 2", n: 3, c: 20, h: 9, w: 11, o: 16, kernel: (3, 3), stride: 2, pad: 1),
      WindowCase("3x3, stride 2, even", c: 9, h: 30, w: 30, o: 20, kernel: (3, 3), stride: 2, pad: 1),
      WindowCase("16x16, stride 16", c: 3, h: 33, w: 32, o: 17, kernel: (16, 16), stride: 16),
      WindowCase("1x1", c: 8, h: 5, w: 5, o: 40, kernel: (1, 1)),
      WindowCase("1x1, stride 2", n: 2, c: 8, h: 6, w: 6, o: 24, kernel: (1, 1), stride: 2),
      WindowCase("many small images", n: 9, c: 16, h: 7, w: 7, o: 32, kernel: (3, 3), pad: 1),
      WindowCase("rows of a matrix", n: 300, c: 30, h: 1, w: 1, o: 50, kernel: (1, 1)),
      WindowCase(
        "5x2, stride 3, uneven padding", c: 4, h: 17, w: 19, o: 7, kernel: (5, 2), stride: 3, pad: 2, padBehind: 0),
      WindowCase("3x3, dilated", c: 6, h: 15, w: 15, o: 20, kernel: (3, 3), dilation: 2, pad: 2),
      WindowCase(
        "3x3, dilated, stride 2", c: 9, h: 15, w: 15, o: 20, kernel: (3, 3), stride: 2, dilation: 3, pad: 2),
      WindowCase("3x3, far apart", c: 5, h: 20, w: 20, o: 9, kernel: (3, 3), dilation: 6, pad: 6),
      WindowCase("padded 1x1", n: 2, c: 6, h: 6, w: 6, o: 24, kernel: (1, 1), pad: 1),
      WindowCase("several groups of outputs", c: 20, h: 9, w: 9, o: 150, kernel: (3, 3), pad: 1),
      WindowCase("wide rows", c: 3, h: 4, w: 300, o: 18, kernel: (3, 3), pad: 1),
      WindowCase("several chunks and tiles", c: 40, h: 28, w: 28, o: 40, kernel: (3, 3), pad: 1),
      WindowCase("padding wider than the window", c: 2, h: 3, w: 3, o: 5, kernel: (2, 2), pad: 3),
    ]

    private static let levels: [(level: String, threads: Int32)] = [
      ("avx512", 1), ("avx512", 2), ("avx2", 2), ("portable", 1),
    ]
    /// Sums of up to 900 products of numbers up to 2: partial sums near 50, of which each addition may lose half a unit in
    /// the last place (2e-6).
    private static let tolerance = 1e-4

    /// Weights of which about `density` are not zero: single ones, or blocks of 16 rows in a column.
    private func weights(rows: Int, columns: Int, density: Float, blocks: Bool) -> [Float] {
      let kept = values(rows * columns, seed: 5, range: 1).map { ($0 + 1) / 2 < density }
      return values(rows * columns, seed: 6).enumerated().map { index, value in
        let (row, column) = (index / columns, index % columns)
        return kept[(blocks ? row / 16 : row) * columns + column] ? value : 0
      }
    }

    private func reference(
      _ w: pk_window, _ x: [Float], _ weights: [Float], _ bias: [Float], _ residual: [Float]
    ) -> [Double] {
      var y = residual.map(Double.init)
      let (c, h, width, o) = (Int(w.c), Int(w.h), Int(w.w), Int(w.o))
      let (oh, ow, kh, kw) = (Int(w.oh), Int(w.ow), Int(w.kh), Int(w.kw))
      for place in 0..<Int(w.n) * oh * ow {
        let (image, row, column) = (place / (oh * ow), place / ow % oh, place % ow)
        for channel in 0..<o { y[place * o + channel] += Double(bias[channel]) }
        for tap in 0..<kh * kw {
          let i = row * Int(w.stride_h) + tap / kw * Int(w.dilation_h) - Int(w.pad_top)
          let j = column * Int(w.stride_w) + tap % kw * Int(w.dilation_w) - Int(w.pad_left)
          guard i >= 0, j >= 0, i < h, j < width else { continue }
          for channel in 0..<o {
            for k in 0..<c {
              let weight = weights[(channel * c + k) * kh * kw + tap]
              y[place * o + channel] += Double(weight) * Double(x[((image * h + i) * width + j) * c + k])
            }
          }
        }
      }
      return y.map { max($0, 0) }
    }

    @Test(arguments: cases, [Float(0), 0.05, 0.5])
    func convolution(_ test: WindowCase, density: Float) throws {
      var window = test.window
      let x = values(Int(window.n * window.c * window.h * window.w), seed: 1)
      let bias = values(Int(window.o), seed: 2)
      let residual = values(Int(window.n * window.o * window.oh * window.ow), seed: 3)
      var activation = pk_activation(exists: 1, op: PK_RELU, alpha: 0, beta: 0)
      for form in [PK_SPARSE_ELEMENTS, PK_SPARSE_BLOCKS] {
        let kept = weights(
          rows: Int(window.o), columns: Int(window.c * window.kh * window.kw), density: density,
          blocks: form == PK_SPARSE_BLOCKS)
        let expected = reference(window, x, kept, bias, residual)
        for (level, threads) in Self.levels {
          pk_force_cpu_level(level)
          pk_set_threads(threads)
          let packed = try #require(pk_sparse_convolution_pack(&window, form, kept))
          defer { pk_sparse_convolution_free(packed) }
          let bytes = pk_sparse_convolution_scratch(packed)
          let scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
          defer { scratch.deallocate() }
          // Whatever another kernel left there, NaN included, must not be seen.
          scratch.initializeMemory(as: UInt8.self, repeating: 0xff, count: bytes)
          var y = residual
          pk_sparse_convolution_run(packed, x, bias, residual, &activation, &y, scratch)
          #expect(error(y, expected) < Self.tolerance, "\(level), \(threads) threads, form \(form.rawValue)")
          // The result over the residual.
          y.withUnsafeMutableBufferPointer { buffer in
            _ = buffer.update(from: residual)
            pk_sparse_convolution_run(packed, x, bias, buffer.baseAddress, &activation, buffer.baseAddress!, scratch)
          }
          #expect(error(y, expected) < Self.tolerance, "\(level), \(threads) threads, form \(form.rawValue), in place")
        }
      }
    }

    @Test(arguments: [(1, 16, 16), (3, 33, 70), (2, 5, 1), (1, 100, 257), (7, 48, 31), (1, 700, 900)])
    func matrix(_ rows: Int, _ outputs: Int, _ inputs: Int) throws {
      let (x, bias) = (values(rows * inputs, seed: 1), values(outputs, seed: 2))
      for density: Float in [0, 0.07, 0.6, 1] {
        for form in [PK_SPARSE_ELEMENTS, PK_SPARSE_BLOCKS, PK_SPARSE_MASKS] {
          let kept = weights(rows: outputs, columns: inputs, density: density, blocks: form == PK_SPARSE_BLOCKS)
          let packed = try #require(pk_sparse_matrix_pack(form, Int64(outputs), Int64(inputs), kept))
          defer { pk_sparse_matrix_free(packed) }
          let expected = (0..<rows * outputs).map { index in
            let (row, output) = (index / outputs, index % outputs)
            return (0..<inputs).reduce(Double(bias[output])) {
              $0 + Double(kept[output * inputs + $1]) * Double(x[row * inputs + $1])
            }
          }
          for (level, threads) in Self.levels {
            pk_force_cpu_level(level)
            pk_set_threads(threads)
            var y = [Float](repeating: .nan, count: rows * outputs)
            pk_sparse_matrix_run(packed, Int64(rows), x, bias, &y)
            #expect(error(y, expected) < Self.tolerance, "\(level), \(threads) threads, form \(form.rawValue)")
          }
        }
      }
    }

    @Test func countsElementsAndBlocks() {
      // 18 rows of 2: one weight in the first block of column 0, two in the second block of column 1.
      var weights = [Float](repeating: 0, count: 36)
      (weights[2 * 3], weights[2 * 16 + 1], weights[2 * 17 + 1]) = (1, -1, .nan)
      var (elements, blocks) = (Int64(0), Int64(0))
      pk_sparse_count(18, 2, weights, &elements, &blocks)
      #expect(elements == 3 && blocks == 2)
    }

    @Test func formsThatDoNotSuitAreRefused() {
      var window = WindowCase("", c: 1, h: 2, w: 2, o: 1, kernel: (1, 1)).window
      #expect(pk_sparse_convolution_pack(&window, PK_SPARSE_MASKS, [1]) == nil)
      (window.kh, window.pad_top) = (17, 8)
      #expect(pk_sparse_convolution_pack(&window, PK_SPARSE_ELEMENTS, [Float](repeating: 1, count: 17)) == nil)
      let long = [Float](repeating: 0, count: 65_537)
      #expect(pk_sparse_matrix_pack(PK_SPARSE_ELEMENTS, 1, 65_537, long) == nil)
    }
  }
}
