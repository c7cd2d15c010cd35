import CKernels
import Foundation
import Testing

/// Arithmetic, functions of one value, comparisons and masks.
extension KernelTests {
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
