import CKernels
import Testing

/// Normalisation by batch, layer and group, and its gradients.
extension KernelTests {
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
    // Where y is not read, it is computed once more.
    pk_bn_backward(
      Int64(rows), Int64(channels), x, dy, nil, 1, scale, shift, mean, inverse, &dx, &dscale, &dshift, nil, &scratch)
    let unread = (dx, dscale, dshift)
    pk_bn_backward(
      Int64(rows), Int64(channels), x, dy, y, 1, scale, nil, mean, inverse, &dx, &dscale, &dshift, nil, &scratch)
    #expect(unread == (dx, dscale, dshift))
    // Likewise where the rectifier ends, and where its gradient is wanted.
    var (limited, masked, other) = (y, y, y)
    pk_bn_forward(
      Int64(rows), Int64(channels), x, scale, shift, 1e-3, 0.1, nil, nil, nil, nil, &mean, &inverse, 2, nil, &limited,
      &scratch)
    pk_bn_backward(
      Int64(rows), Int64(channels), x, dy, limited, 2, scale, nil, mean, inverse, &dx, &dscale, &dshift, &masked,
      &scratch)
    let read = (dx, dscale, dshift)
    pk_bn_backward(
      Int64(rows), Int64(channels), x, dy, nil, 2, scale, shift, mean, inverse, &dx, &dscale, &dshift, &other, &scratch)
    #expect(read == (dx, dscale, dshift) && masked == other)
    #expect(masked == zip(dy, limited).map { $1 > 0 && $1 < 2 ? $0 : 0 })
    pk_bn_backward(
      Int64(rows), Int64(channels), x, dy, y, 1, scale, nil, mean, inverse, &dx, &dscale, &dshift, nil, &scratch)
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
}
