import CKernels
import Testing

extension KernelTests {
  /// Gradients of depthwise convolutions.
  @Suite(.serialized) struct Depthwise {
    private static func window(
      _ name: String, n: Int64 = 1, c: Int64, h: Int64, w: Int64, kernel: (Int64, Int64), stride: Int64 = 1,
      dilation: Int64 = 1, pad: Int64 = 0, padBehind: Int64? = nil
    ) -> WindowCase {
      WindowCase(
        name, n: n, c: c, h: h, w: w, o: c, kernel: kernel, groups: c, stride: stride, dilation: dilation, pad: pad,
        padBehind: padBehind)
    }

    private static let cases = [
      window("3x3", n: 2, c: 35, h: 9, w: 15, kernel: (3, 3), pad: 1),
      window("3x3, stride 2", n: 2, c: 16, h: 16, w: 17, kernel: (3, 3), stride: 2, pad: 1),
      window("5x5 of small images", n: 3, c: 48, h: 4, w: 4, kernel: (5, 5), pad: 2),
      window("5x5, stride 2", c: 21, h: 14, w: 14, kernel: (5, 5), stride: 2, pad: 2),
      window("7x7", c: 20, h: 12, w: 30, kernel: (7, 7), pad: 3),
      window("dilated", c: 9, h: 15, w: 15, kernel: (3, 4), dilation: 2, pad: 2),
      window("dilated, stride 3", c: 17, h: 20, w: 23, kernel: (3, 2), stride: 3, dilation: 2, pad: 3),
      window("no padding", n: 2, c: 6, h: 8, w: 8, kernel: (3, 3)),
      window("uneven padding", c: 8, h: 7, w: 9, kernel: (2, 4), stride: 2, pad: 3, padBehind: 0),
      window("more columns than are taken at once", c: 5, h: 12, w: 14, kernel: (9, 11), pad: 4),
      window("padding wider than the window", c: 33, h: 3, w: 3, kernel: (2, 2), pad: 3),
      window("1x1", c: 40, h: 5, w: 6, kernel: (1, 1), stride: 2),
    ]
    private static let levels: [(level: String, threads: Int32)] = [
      ("avx512", 1), ("avx512", 2), ("avx2", 1), ("avx2", 2), ("portable", 2),
    ]
    /// Sums of at most a few hundred products of numbers up to 2.
    private static let tolerance = 1e-5

    /// Calls `body` with the places of each input, weight and output that are multiplied and added.
    private func forEachProduct(_ w: pk_window, _ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void) {
      let (c, taps) = (Int(w.c), Int(w.kh * w.kw))
      for place in 0..<Int(w.n * w.oh * w.ow) {
        let (image, row, column) = (place / Int(w.oh * w.ow), place / Int(w.ow) % Int(w.oh), place % Int(w.ow))
        for tap in 0..<taps {
          let i = row * Int(w.stride_h) + tap / Int(w.kw) * Int(w.dilation_h) - Int(w.pad_top)
          let j = column * Int(w.stride_w) + tap % Int(w.kw) * Int(w.dilation_w) - Int(w.pad_left)
          guard i >= 0, j >= 0, i < Int(w.h), j < Int(w.w) else { continue }
          for channel in 0..<c {
            body(((image * Int(w.h) + i) * Int(w.w) + j) * c + channel, channel * taps + tap, place * c + channel)
          }
        }
      }
    }

    @Test(arguments: cases)
    func weightGradientIsThatOfTheDefinition(_ test: WindowCase) {
      var window = test.window
      let inputs = Int(window.n * window.h * window.w * window.c)
      let outputs = Int(window.n * window.oh * window.ow * window.c)
      let (x, dy) = (values(inputs, seed: 1), values(outputs, seed: 2))
      var expected = [Double](repeating: 0, count: Int(window.c * window.kh * window.kw))
      forEachProduct(window) { expected[$1] += Double(dy[$2]) * Double(x[$0]) }
      for (level, threads) in Self.levels {
        pk_force_cpu_level(level)
        pk_set_threads(threads)
        var dw = [Float](repeating: .nan, count: expected.count)
        let bytes = pk_depthwise_gradient_scratch(&window)
        var scratch = [Float](repeating: .nan, count: bytes / MemoryLayout<Float>.size)
        pk_depthwise_weight_gradient(&window, x, dy, &dw, &scratch)
        #expect(error(dw, expected) < Self.tolerance, "\(level), \(threads) threads")
      }
    }
  }
}
