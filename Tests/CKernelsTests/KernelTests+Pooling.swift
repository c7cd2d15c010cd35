import CKernels
import Testing

/// Pooling and resampling.
extension KernelTests {
  @Test(arguments: KernelCase.all, [1, 3, 40])
  func resampling(_ test: KernelCase, inner: Int) {
    test.select()
    let n = test.size
    let x = values(2 * n * inner, seed: 43)
    // Three rows: the last, nothing, and half of the first and a quarter of the last.
    let (starts, sources): ([Int64], [Int64]) = ([0, 1, 1, 3], [Int64(n - 1), 0, Int64(n - 1)])
    let weights: [Float] = [1, 0.5, 0.25]
    var y = [Float](repeating: 9, count: 6 * inner)
    pk_resample(2, Int64(n), 3, Int64(inner), starts, sources, weights, x, &y)
    var copied = [Float](repeating: 9, count: 4 * inner)
    pk_gather_axis(2, Int64(n), 2, Int64(inner * 4), [Int64(n - 1), -1], x, &copied)
    for block in 0..<2 {
      for i in 0..<inner {
        let (first, last) = (x[block * n * inner + i], x[(block * n + n - 1) * inner + i])
        #expect(y[block * 3 * inner + i] == last)
        #expect(y[(block * 3 + 1) * inner + i] == 0)
        #expect(abs(y[(block * 3 + 2) * inner + i] - (first * 0.5 + last * 0.25)) < 1e-6)
        #expect(copied[block * 2 * inner + i] == last)
        #expect(copied[(block * 2 + 1) * inner + i] == 0)
      }
    }
  }

  /// Windows of 3x3 with a stride of 2 over two images of 5x5.
  private func pool(channels c: Int) -> pk_pool {
    var pool = pk_pool()
    (pool.n, pool.h, pool.w, pool.c, pool.oh, pool.ow) = (2, 5, 5, Int64(c), 3, 3)
    (pool.kh, pool.kw, pool.stride_h, pool.stride_w) = (3, 3, 2, 2)
    (pool.pad_top, pool.pad_left, pool.pad_bottom, pool.pad_right) = (1, 1, 1, 1)
    (pool.dilation_h, pool.dilation_w, pool.count_include_pad) = (1, 1, 0)
    return pool
  }

  /// The inputs in the window of an output.
  private func taps(of output: Int, channels c: Int) -> [Int] {
    let (channel, column, row, image) = (output % c, output / c % 3, output / c / 3 % 3, output / c / 9)
    return (max(0, row * 2 - 1)...min(4, row * 2 + 1)).flatMap { h in
      (max(0, column * 2 - 1)...min(4, column * 2 + 1)).map { w in ((image * 5 + h) * 5 + w) * c + channel }
    }
  }

  @Test(arguments: KernelCase.all)
  func maxPoolOfBytes(_ test: KernelCase) {
    test.select()
    let c = test.size % 97 + 50
    var pool = pool(channels: c)
    let x = values(50 * c, seed: 17, range: 128).map { Int8(clamping: Int($0)) }
    var y = [Int8](repeating: 0, count: 18 * c)
    pk_max_pool_s8(&pool, x, &y)
    let unsigned = x.map { UInt8(bitPattern: $0) }
    var unsignedY = [UInt8](repeating: 0, count: 18 * c)
    pk_max_pool_u8(&pool, unsigned, &unsignedY)
    for i in y.indices {
      let taps = taps(of: i, channels: c)
      #expect(y[i] == taps.map { x[$0] }.max())
      #expect(unsignedY[i] == taps.map { unsigned[$0] }.max())
    }
  }

  @Test(arguments: KernelCase.all)
  func globalAveragePool(_ test: KernelCase) {
    test.select()
    let (c, pixels) = (41, test.size)
    let x = values(2 * c * pixels, seed: 18)
    var y = [Float](repeating: 9, count: 2 * c)
    pk_global_average_pool(2, Int64(pixels), Int64(c), x, &y)
    let means = y.indices.map { i in
      (0..<pixels).reduce(0.0) { $0 + Double(x[(i / c * pixels + $1) * c + i % c]) } / Double(pixels)
    }
    #expect(error(y, means) < roundings)
  }

  @Test(arguments: KernelCase.all)
  func maxPoolAndItsGradient(_ test: KernelCase) {
    test.select()
    let c = test.size % 97 + 1
    var pool = pool(channels: c)
    let x = values(50 * c, seed: 15)
    let dy = values(18 * c, seed: 16)
    var (y, dx, mean) = (dy, x, dy)
    pk_max_pool(&pool, x, &y)
    pk_max_pool_gradient(&pool, x, y, dy, &dx)
    pk_average_pool(&pool, x, &mean)
    var gradient = [Double](repeating: 0, count: x.count)
    for i in y.indices {
      let taps = taps(of: i, channels: c)
      #expect(y[i] == taps.map { x[$0] }.max())
      #expect(abs(mean[i] - taps.map { x[$0] }.reduce(0, +) / Float(taps.count)) < 1e-6)
      if let first = taps.first(where: { x[$0] == y[i] }) { gradient[first] += Double(dy[i]) }
    }
    #expect(error(dx, gradient) < roundings)
  }
}
