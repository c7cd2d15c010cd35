import CKernels
import Foundation
import Testing

// Serialized: the CPU level is the process's.
@Suite(.serialized, .restoredLevel)
struct KernelTests {
  @Test(arguments: KernelCase.all)
  func elementwise(_ test: KernelCase) {
    test.select()
    let n = test.size
    let a = values(n, seed: 1)
    let b = values(n, seed: 2)
    var y = a
    pk_binary(PK_SUB, Int64(n), a, b, &y)
    #expect(y == zip(a, b).map { $0 - $1 })
    pk_binary(PK_MAX, Int64(n), a, b, &y)
    #expect(y == zip(a, b).map { max($0, $1) })
    pk_scalar_binary(PK_DIV, Int64(n), 3, b, &y)
    #expect(y == b.map { 3 / $0 })
    pk_unary(PK_SILU, Int64(n), a, 0, 0, &y)
    #expect(error(y, a.map { Double($0) / (1 + exp(-Double($0))) }) < roundings)
    pk_unary(PK_TANH, Int64(n), a, 0, 0, &y)
    #expect(error(y, a.map { tanh(Double($0)) }) < roundings)
    pk_unary_gradient(PK_RELU, Int64(n), b, a, 0, 0, 0, &y)
    #expect(y == zip(a, b).map { $0 > 0 ? $1 : 0 })
    var nan: [Float] = [.nan]
    pk_unary(PK_RELU, 1, nan, 0, 0, &nan)
    #expect(nan[0].isNaN)
  }

  @Test(arguments: KernelCase.all)
  func functions(_ test: KernelCase) {
    test.select()
    let n = test.size
    let (x, dy) = (values(n, seed: 21, range: 6), values(n, seed: 22))
    for function in VectorFunction.all {
      var (y, dx) = (x, x)
      pk_unary(function.op, Int64(n), x, function.alpha, function.beta, &y)
      pk_unary_gradient(function.op, Int64(n), dy, x, 0, function.alpha, function.beta, &dx)
      #expect(error(y, x.map { function.value(Double($0)) }) < roundings, "\(function.name)")
      #expect(error(dx, zip(x, dy).map { Double($1) * function.slope(Double($0)) }) < roundings, "\(function.name)")
    }
  }

  @Test
  func functionsAtTheEdges() {
    let tiny = Float.leastNormalMagnitude / 128
    let points: [Float] = [0, -0.0, tiny, -tiny, 1e-6, -1e-6, 100, -100, 1e30, -1e30, .nan]
    for level in ["avx512", "avx2", "portable"] {
      pk_force_cpu_level(level)
      for function in VectorFunction.all {
        var y = points
        pk_unary(function.op, Int64(points.count), points, function.alpha, function.beta, &y)
        for (x, result) in zip(points, y) {
          let wanted = function.value(Double(x))
          #expect(
            result.isNaN == wanted.isNaN
              && (wanted.isNaN || abs(Double(result) - wanted) <= 1e-6 * max(1, abs(wanted))),
            "\(function.name) of \(x)")
        }
      }
      var logarithms: [Float] = [0, -1, .infinity, .nan, tiny, 1, 2, 3e38]
      pk_unary(PK_LOG, 8, logarithms, 0, 0, &logarithms)
      #expect(logarithms[0] == -.infinity && logarithms[1].isNaN && logarithms[2] == .infinity && logarithms[3].isNaN)
      #expect(zip(logarithms[4...], [tiny, 1, 2, 3e38] as [Float]).allSatisfy { abs($0 - log($1)) <= 1e-5 })
      var halves: [Float] = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 8_388_609, -1e30]
      pk_unary(PK_ROUND, 8, halves, 0, 0, &halves)
      #expect(halves == [-2, -2, 0, 0, 2, 2, 8_388_609, -1e30])
    }
  }

  @Test(arguments: KernelCase.all)
  func powersSlopesAndMasks(_ test: KernelCase) {
    test.select()
    let n = Int64(test.size)
    let (a, b) = (values(test.size, seed: 23), values(test.size, seed: 24))
    let bases = a.map { abs($0) + 0.1 }
    var y = a
    pk_binary(PK_POW, n, bases, b, &y)
    #expect(error(y, zip(bases, b).map { pow(Double($0), Double($1)) }) < roundings)
    pk_binary(PK_POW_SLOPE, n, bases, b, &y)
    #expect(error(y, zip(bases, b).map { Double($1) * pow(Double($0), Double($1) - 1) }) < 2 * roundings)
    pk_binary(PK_POW_GROWTH, n, bases, b, &y)
    #expect(error(y, zip(bases, b).map { pow(Double($0), Double($1)) * log(Double($0)) }) < 2 * roundings)
    pk_binary(PK_PRELU, n, a, b, &y)
    #expect(y == zip(a, b).map { $0 < 0 ? $0 * $1 : $0 })
    pk_binary_scalar(PK_PRELU_SLOPE, n, a, 0.25, &y)
    #expect(y == a.map { $0 > 0 ? 1 : 0.25 })
    let mixed = zip(a, b).map { $1 < 0 ? $0 : $1 }
    pk_binary(PK_SAME, n, a, mixed, &y)
    #expect(y == zip(a, mixed).map { $0 == $1 ? 1 : 0 })
  }

  @Test(arguments: KernelCase.all)
  func comparisonsAndChoices(_ test: KernelCase) {
    test.select()
    let n = test.size
    let (a, b) = (values(n, seed: 25).map { ($0 * 4).rounded() }, values(n, seed: 26).map { ($0 * 4).rounded() })
    var truths = [UInt8](repeating: 7, count: n)
    let comparisons: [(pk_comparison, (Float, Float) -> Bool)] = [
      (PK_EQUAL, { $0 == $1 }), (PK_GREATER, { $0 > $1 }), (PK_GREATER_OR_EQUAL, { $0 >= $1 }), (PK_LESS, { $0 < $1 }),
      (PK_LESS_OR_EQUAL, { $0 <= $1 }),
    ]
    for (op, holds) in comparisons {
      pk_compare(op, 1, [Int64(n)], [1], [1], a, b, &truths)
      #expect(truths == zip(a, b).map { holds($0, $1) ? 1 : 0 })
      pk_compare(op, 1, [Int64(n)], [1], [0], a, [1], &truths)
      #expect(truths == a.map { holds($0, 1) ? 1 : 0 })
    }
    let others = a.map { $0 > 2 ? UInt8(1) : 0 }
    var combined = truths
    pk_logic(PK_XOR, 1, [Int64(n)], [1], [1], truths, others, &combined)
    #expect(combined == zip(truths, others).map { $0 ^ $1 })
    pk_logic(PK_AND, 1, [Int64(n)], [1], [0], truths, [1], &combined)
    #expect(combined == truths)
    var y = a
    pk_where(1, [Int64(n)], [1], [1], [1], 4, truths, a, b, &y)
    #expect(y == a.indices.map { truths[$0] != 0 ? a[$0] : b[$0] })
    // n x 3: the condition is repeated along columns, one value along rows, the other everywhere.
    var wide = [Double](repeating: 0, count: 3 * n)
    let column = a.map { Double($0) }
    pk_where(2, [Int64(n), 3], [1, 0], [1, 0], [0, 0], 8, truths, column, [-9.0], &wide)
    #expect(wide == wide.indices.map { truths[$0 / 3] != 0 ? column[$0 / 3] : -9 })
    var bytes = truths
    pk_where(1, [Int64(n)], [1], [0], [1], 1, truths, [UInt8(5)], others, &bytes)
    #expect(bytes == truths.indices.map { truths[$0] != 0 ? 5 : others[$0] })
  }

  @Test(arguments: KernelCase.all, [1, 3])
  func largestOfEachLine(_ test: KernelCase, inner: Int) {
    test.select()
    let (outer, extent) = (2, test.size)
    // Few distinct numbers, so that many are equal.
    var x = values(outer * extent * inner, seed: 27).map { ($0 * 50).rounded() / 50 }
    if x.count > 9 { (x[1], x[4], x[7], x[9]) = (.nan, -.infinity, -0.0, 0) }
    let keys = x.map { $0.isNaN ? .greatestFiniteMagnitude : $0 }
    let lines = (0..<(outer * inner)).map { line in
      (0..<extent).map { line / inner * extent * inner + $0 * inner + line % inner }
        .sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] > keys[$1] }
    }
    for count in [0, 1, extent / 3, extent - 1, extent, extent + 1] {
      var y = x
      pk_top_k_mask(Int64(outer), Int64(extent), Int64(inner), Int64(count), x, &y)
      for ranked in lines {
        #expect(ranked.prefix(count).allSatisfy { y[$0] == 1 } && ranked.dropFirst(count).allSatisfy { y[$0] == 0 })
      }
    }
  }

  @Test(arguments: KernelCase.all)
  func channelBroadcast(_ test: KernelCase) {
    test.select()
    let (rows, channels) = (test.size, 19)
    let a = values(rows * channels, seed: 3)
    let b = values(channels, seed: 4)
    var y = a
    pk_binary_channel(PK_MUL, Int64(rows), Int64(channels), a, b, &y)
    #expect(y == a.indices.map { a[$0] * b[$0 % channels] })
  }

  @Test(arguments: KernelCase.all, [3, 16, 37])
  func batchNormalisation(_ test: KernelCase, channels: Int) {
    test.select()
    let rows = test.size
    // A mean of 1,000 standard deviations shows a variance that cancels.
    let x = values(rows * channels, seed: 5).map { $0 + 2000 }
    let dy = values(rows * channels, seed: 6)
    let scale = values(channels, seed: 7)
    let shift = values(channels, seed: 8)
    let count = x.count
    var (y, dx) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    var mean = [Float](repeating: 0, count: channels)
    var (inverse, dscale, dshift) = (mean, mean, mean)
    var scratch = [Float](repeating: 0, count: pk_bn_scratch_floats(Int64(channels)))
    pk_bn_forward(
      Int64(rows), Int64(channels), x, scale, shift, 1e-3, 0.1, nil, nil, nil, nil, &mean, &inverse, 1, nil, &y,
      &scratch)
    pk_bn_backward(
      Int64(rows), Int64(channels), x, dy, y, scale, mean, inverse, &dx, &dscale, &dshift, nil, &scratch)
    for c in 0..<channels {
      let column = (0..<rows).map { Double(x[$0 * channels + c]) }
      let m = column.reduce(0, +) / Double(rows)
      let variance = column.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(rows)
      let inv = 1 / (variance + 1e-3).squareRoot()
      #expect(abs(Double(mean[c]) - m) < 2e-4)
      #expect(abs(Double(inverse[c]) - inv) < 1e-5 * inv)
      var (sum, product) = (0.0, 0.0)
      for r in 0..<rows where y[r * channels + c] > 0 {
        sum += Double(dy[r * channels + c])
        product += Double(dy[r * channels + c]) * (column[r] - m) * inv
      }
      #expect(abs(Double(dshift[c]) - sum) < 1e-4 * max(1, abs(sum)))
      // The mean is kept as a float: half a unit in its last place is 6e-5 here.
      let slack = 2e-4 * inv * Double(rows).squareRoot() * 2
      #expect(abs(Double(dscale[c]) - product) < 1e-4 * max(1, abs(product)) + slack + 2e-4 * inv * abs(sum))
      for r in stride(from: 0, to: rows, by: max(1, rows / 50)) {
        let normalised = (column[r] - m) * inv
        let forward = max(0, normalised * Double(scale[c]) + Double(shift[c]))
        #expect(abs(Double(y[r * channels + c]) - forward) < 4e-4 * max(1, inv))
        let g = y[r * channels + c] > 0 ? Double(dy[r * channels + c]) : 0
        let n = Double(rows)
        let gradient = Double(scale[c]) * inv * (g - sum / n - normalised * product / n)
        #expect(abs(Double(dx[r * channels + c]) - gradient) < 1e-3 * max(1, inv))
      }
    }
  }

  @Test(arguments: KernelCase.all, [3, 8, 37])
  func layout(_ test: KernelCase, channels: Int) {
    test.select()
    let pixels = test.size
    let x = values(2 * channels * pixels, seed: 9)
    var (y, back) = (x, x)
    pk_nchw_to_nhwc(2, Int64(channels), Int64(pixels), x, &y)
    let expected = x.indices.map { i in
      x[i / (channels * pixels) * channels * pixels + i % channels * pixels + i / channels % pixels]
    }
    #expect(y == expected)
    pk_nhwc_to_nchw(2, Int64(channels), Int64(pixels), y, &back)
    #expect(back == x)
  }

  @Test(arguments: KernelCase.all)
  func reductions(_ test: KernelCase) {
    test.select()
    let (rows, channels) = (test.size, 7)
    let x = values(rows * channels, seed: 10)
    #expect(abs(pk_sum(Int64(x.count), x) - x.reduce(0.0) { $0 + Double($1) }) < 1e-3)
    var columns = [Float](repeating: 0, count: channels)
    pk_reduce_sum(2, [Int64(rows), Int64(channels)], 2, x, &columns)
    var sums = [Double](repeating: 0, count: channels)
    for i in x.indices { sums[i % channels] += Double(x[i]) }
    #expect(error(columns, sums) < 1e-4)
    var (low, high): (Float, Float) = (0, 0)
    pk_min_max(Int64(x.count), x, &low, &high)
    #expect(low == x.min() && high == x.max())
  }

  @Test(arguments: KernelCase.all)
  func softmax(_ test: KernelCase) {
    test.select()
    let cols = test.size
    let x = values(3 * cols, seed: 11, range: 9)
    var (y, logs) = (x, x)
    pk_softmax(3, Int64(cols), x, &y)
    pk_log_softmax(3, Int64(cols), x, &logs)
    let row = x[cols..<2 * cols].map { exp(Double($0)) }
    let total = row.reduce(0, +)
    #expect(error(Array(y[cols..<2 * cols]), row.map { $0 / total }) < roundings)
    #expect(error(Array(logs[cols..<2 * cols]), row.map { log($0 / total) }) < 1e-5)
  }

  @Test(arguments: KernelCase.all)
  func layerNormalisation(_ test: KernelCase) {
    test.select()
    let (rows, cols) = (3, test.size)
    // A mean of 500 standard deviations shows a variance that cancels.
    let x = values(rows * cols, seed: 21).map { $0 + 500 }
    let dy = values(rows * cols, seed: 22)
    let (scale, shift) = (values(cols, seed: 23), values(cols, seed: 24))
    var (y, dx) = (x, x)
    var (mean, inverse) = ([Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows))
    var (dscale, dshift) = (scale, scale)
    pk_layer_norm(Int64(rows), Int64(cols), x, scale, shift, 1e-3, &y, &mean, &inverse)
    pk_layer_norm_gradient(Int64(rows), Int64(cols), x, dy, scale, 1e-3, &dx, &dscale, &dshift)
    var (products, sums) = ([Double](repeating: 0, count: cols), [Double](repeating: 0, count: cols))
    for row in 0..<rows {
      let line = x[row * cols..<(row + 1) * cols].map { Double($0) }
      let m = line.reduce(0, +) / Double(cols)
      let squares: Double = line.reduce(0.0) { $0 + ($1 - m) * ($1 - m) }
      let inv = 1 / (squares / Double(cols) + 1e-3).squareRoot()
      #expect(abs(Double(mean[row]) - m) < 1e-4)
      #expect(abs(Double(inverse[row]) - inv) < 1e-4 * inv)
      let normalised = line.map { ($0 - m) * inv }
      let g = (0..<cols).map { Double(dy[row * cols + $0]) * Double(scale[$0]) }
      let a = g.reduce(0, +) / Double(cols)
      let b = zip(g, normalised).reduce(0.0) { $0 + $1.0 * $1.1 } / Double(cols)
      for i in 0..<cols {
        products[i] += Double(dy[row * cols + i]) * normalised[i]
        sums[i] += Double(dy[row * cols + i])
      }
      // The mean is kept as a float: half a unit in its last place is 1.6e-5 here.
      let slack = 1e-4 * max(1, inv)
      for i in stride(from: 0, to: cols, by: max(1, cols / 50)) {
        let forward: Double = normalised[i] * Double(scale[i]) + Double(shift[i])
        let backward: Double = inv * (g[i] - a - normalised[i] * b)
        #expect(abs(Double(y[row * cols + i]) - forward) < 2 * slack)
        #expect(abs(Double(dx[row * cols + i]) - backward) < 4 * slack * max(1, inv))
      }
    }
    #expect(error(dshift, sums) < roundings)
    #expect(error(dscale, products) < 1e-3)
  }

  @Test(arguments: KernelCase.all, [(1, 6), (2, 6), (3, 21), (19, 19)])
  func groupNormalisation(_ test: KernelCase, sizes: (groups: Int, channels: Int)) {
    test.select()
    let (rows, channels, size) = (test.size, sizes.channels, sizes.channels / sizes.groups)
    for images in [1, 3] where images == 1 || rows < 2000 {
      let x = values(images * rows * channels, seed: 31).map { $0 + 50 }
      let dy = values(x.count, seed: 32)
      let (scale, shift) = (values(channels, seed: 33), values(channels, seed: 34))
      var (y, dx, dscale, dshift) = (x, x, scale, scale)
      let (n, r, c, g) = (Int64(images), Int64(rows), Int64(channels), Int64(sizes.groups))
      pk_group_norm(n, r, c, g, x, scale, shift, 1e-3, &y)
      pk_group_norm_gradient(n, r, c, g, x, dy, scale, 1e-3, &dx, &dscale, &dshift)
      var (products, sums) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
      for image in 0..<images {
        for group in 0..<sizes.groups {
          let members = (0..<rows).flatMap { row in
            (0..<size).map { (image * rows + row) * channels + group * size + $0 }
          }
          let count = Double(members.count)
          let m = members.reduce(0.0) { $0 + Double(x[$1]) } / count
          let squares: Double = members.reduce(0.0) { $0 + (Double(x[$1]) - m) * (Double(x[$1]) - m) }
          let variance = squares / count
          let inv = 1 / (variance + 1e-3).squareRoot()
          func n(_ i: Int) -> Double { (Double(x[i]) - m) * inv }
          func gradient(_ i: Int) -> Double { Double(dy[i]) * Double(scale[i % channels]) }
          let a = members.reduce(0.0) { $0 + gradient($1) } / count
          let b = members.reduce(0.0) { $0 + gradient($1) * n($1) } / count
          let slack = 1e-4 * max(1, inv)
          for i in members {
            products[i % channels] += Double(dy[i]) * n(i)
            sums[i % channels] += Double(dy[i])
          }
          for i in members where members.count < 100 || i % 97 == 0 {
            let forward: Double = n(i) * Double(scale[i % channels]) + Double(shift[i % channels])
            let backward: Double = inv * (gradient(i) - a - n(i) * b)
            #expect(abs(Double(y[i]) - forward) < slack)
            #expect(abs(Double(dx[i]) - backward) < 2 * slack * max(1, inv))
          }
        }
      }
      // Relative to the root of the number of terms, by which random sums grow.
      let spread = Double(images * rows).squareRoot()
      #expect(error(dshift, sums) < 1e-4 * spread)
      #expect(error(dscale, products) < 1e-3 * spread)
    }
  }

  @Test(arguments: KernelCase.all, [0, 1])
  func extremes(_ test: KernelCase, minimum: Int) {
    test.select()
    let n = test.size
    let dims: [Int] = [2, n, 3]
    let x = values(6 * n, seed: 41)
    func best(_ list: [Float]) -> Float { (minimum == 1 ? list.min() : list.max())! }
    for keep in 0..<8 {
      // Axis by axis: where each element goes.
      var lists: [Int: [Float]] = [:]
      for i in x.indices {
        let index: [Int] = [i / (3 * n), i / 3 % n, i % 3]
        var place = 0
        for axis in 0..<3 where (keep >> axis) & 1 == 1 { place = place * dims[axis] + index[axis] }
        lists[place, default: []].append(x[i])
      }
      var y = [Float](repeating: 0, count: lists.count)
      pk_reduce_extreme(3, dims.map { Int64($0) }, UInt32(keep), Int32(minimum), x, &y)
      #expect(y == lists.keys.sorted().map { best(lists[$0]!) }, "keep \(keep)")
    }
    var withNaN = x
    withNaN[withNaN.count / 2] = .nan
    var top: Float = 0
    pk_reduce_extreme(1, [Int64(x.count)], 0, Int32(minimum), withNaN, &top)
    #expect(top.isNaN)
  }

  @Test(arguments: KernelCase.all)
  func placesOfExtremes(_ test: KernelCase) {
    test.select()
    let n = test.size
    // Few different numbers, so that many are equal.
    let x = values(6 * n, seed: 42).map { ($0 * 8).rounded() }
    for (inner, last) in [(1, 0), (1, 1), (3, 0), (3, 1)] {
      let outer = 6 / inner
      var (high, low) = ([Int64](repeating: 0, count: 6), [Int64](repeating: 0, count: 6))
      pk_arg_extreme(Int64(outer), Int64(n), Int64(inner), 0, Int32(last), x, &high)
      pk_arg_extreme(Int64(outer), Int64(n), Int64(inner), 1, Int32(last), x, &low)
      for line in 0..<6 {
        let elements = (0..<n).map { x[line / inner * n * inner + $0 * inner + line % inner] }
        let (top, bottom) = (elements.max()!, elements.min()!)
        #expect(high[line] == Int64(last == 1 ? elements.lastIndex(of: top)! : elements.firstIndex(of: top)!))
        #expect(low[line] == Int64(last == 1 ? elements.lastIndex(of: bottom)! : elements.firstIndex(of: bottom)!))
      }
      for largest in [0, 1] {
        for k in Set([1, min(n, 5), n]) {
          var (top, places) = ([Float](repeating: 0, count: 6 * k), [Int64](repeating: 0, count: 6 * k))
          pk_top_k(Int64(outer), Int64(n), Int64(inner), Int64(k), Int32(largest), x, &top, &places)
          for line in 0..<6 {
            let elements = (0..<n).map { x[line / inner * n * inner + $0 * inner + line % inner] }
            let order = elements.indices.sorted {
              let (a, b) = (elements[$0], elements[$1])
              return a == b ? $0 < $1 : largest == 1 ? a > b : a < b
            }
            let base = line / inner * k * inner + line % inner
            let taken: [Int] = (0..<k).map { Int(places[base + $0 * inner]) }
            let best: [Float] = (0..<k).map { top[base + $0 * inner] }
            #expect(taken == Array(order.prefix(k)))
            #expect(best == taken.map { elements[$0] })
          }
        }
      }
    }
  }

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

  @Test(arguments: KernelCase.all, [1, 2, 4, 8])
  func transposition(_ test: KernelCase, elementSize: Int) {
    test.select()
    let dims = [3, test.size, 2, 5]
    let order = [2, 3, 0, 1]
    let count = dims.reduce(1, *)
    let source: [UInt8] = (0..<count * elementSize).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 256) }
    let strides = [test.size * 10, 10, 5, 1]
    let moved = order.map { dims[$0] }
    var target = [UInt8](repeating: 0, count: source.count)
    let dense = [moved[1] * moved[2] * moved[3], moved[2] * moved[3], moved[3], 1]
    pk_copy_strided(
      4, moved.map { Int64($0) }, order.map { Int64(strides[$0]) }, dense.map { Int64($0) }, Int32(elementSize), source,
      &target)
    var isRight = true
    for i in 0..<count {
      let index: [Int] = [i / dense[0], i / dense[1] % moved[1], i / dense[2] % moved[2], i % moved[3]]
      var from = 0
      for axis in 0..<4 { from += index[axis] * strides[order[axis]] }
      for byte in 0..<elementSize {
        isRight = isRight && target[i * elementSize + byte] == source[from * elementSize + byte]
      }
    }
    #expect(isRight)
  }

  @Test(arguments: KernelCase.all)
  func optimizers(_ test: KernelCase) {
    test.select()
    let n = test.size
    let (start, g) = (values(n, seed: 12), values(n, seed: 13))
    var (w, m, v) = (start, [Float](repeating: 0.5, count: n), [Float](repeating: 0.25, count: n))
    pk_sgd(Int64(n), &w, g, &m, 0.1, 0.9, 0, 0.01, 1)
    let expected = (0..<n).map { i -> Double in
      let gradient = Double(g[i]) + 0.01 * Double(start[i])
      return Double(start[i]) - 0.1 * (gradient + 0.9 * (0.45 + gradient))
    }
    #expect(error(w, expected) < roundings)
    (w, m) = (start, [Float](repeating: 0.5, count: n))
    pk_adam(Int64(n), &w, g, &m, &v, 0.1, 0.9, 0.99, 1e-8, 0, 0, 0.5, 0.25)
    let adam = (0..<n).map { i -> Double in
      let first = 0.45 + 0.1 * Double(g[i])
      let second = 0.2475 + 0.01 * Double(g[i]) * Double(g[i])
      return Double(start[i]) - 0.2 * first / (second.squareRoot() * 2 + 1e-8)
    }
    #expect(error(w, adam) < roundings)
  }

  @Test(arguments: KernelCase.all)
  func masks(_ test: KernelCase) {
    test.select()
    var x = values(test.size, seed: 21)
    for (i, special) in [Float.nan, -Float.infinity, -0.0].enumerated() where i < x.count { x[i] = special }
    let keep = x.indices.map { UInt8($0 % 3 == 2 ? 255 : $0 % 5 == 4 ? 1 : 0) }
    var y = x
    pk_mask(Int64(y.count), keep, &y)
    #expect(zip(y, zip(x, keep)).allSatisfy { $0.bitPattern == ($1.1 == 0 ? 0 : $1.0.bitPattern) })
  }

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

  @Test(arguments: KernelCase.all)
  func maxPoolAndItsGradient(_ test: KernelCase) {
    test.select()
    let c = test.size % 97 + 1
    var pool = pk_pool()
    (pool.n, pool.h, pool.w, pool.c, pool.oh, pool.ow) = (2, 5, 5, Int64(c), 3, 3)
    (pool.kh, pool.kw, pool.stride_h, pool.stride_w) = (3, 3, 2, 2)
    (pool.pad_top, pool.pad_left, pool.pad_bottom, pool.pad_right) = (1, 1, 1, 1)
    (pool.dilation_h, pool.dilation_w, pool.count_include_pad) = (1, 1, 0)
    let x = values(50 * c, seed: 15)
    let dy = values(18 * c, seed: 16)
    var (y, dx, mean) = (dy, x, dy)
    pk_max_pool(&pool, x, &y)
    pk_max_pool_gradient(&pool, x, y, dy, &dx)
    pk_average_pool(&pool, x, &mean)
    var gradient = [Double](repeating: 0, count: x.count)
    for i in y.indices {
      let (channel, column, row, image) = (i % c, i / c % 3, i / c / 3 % 3, i / c / 9)
      let taps = (max(0, row * 2 - 1)...min(4, row * 2 + 1)).flatMap { h in
        (max(0, column * 2 - 1)...min(4, column * 2 + 1)).map { w in ((image * 5 + h) * 5 + w) * c + channel }
      }
      #expect(y[i] == taps.map { x[$0] }.max())
      #expect(abs(mean[i] - taps.map { x[$0] }.reduce(0, +) / Float(taps.count)) < 1e-6)
      if let first = taps.first(where: { x[$0] == y[i] }) { gradient[first] += Double(dy[i]) }
    }
    #expect(error(dx, gradient) < roundings)
  }

  @Test
  func dropoutIsTheSameAtEveryLevelAndThreadCount() {
    let x = values(70_001, seed: 17)
    var masks: [[UInt8]] = []
    for test in KernelCase.all {
      test.select()
      var (y, mask) = (x, [UInt8](repeating: 2, count: x.count))
      pk_dropout(Int64(x.count), x, &mask, 42, 7, 0.25, &y)
      #expect(y == zip(x, mask).map { $1 == 1 ? $0 * (1 / 0.75) : 0 })
      masks.append(mask)
    }
    #expect(Set(masks).count == 1)
    let kept = Double(masks[0].reduce(0) { $0 + Int($1) }) / Double(x.count)
    #expect(abs(kept - 0.75) < 0.01)
  }
}
