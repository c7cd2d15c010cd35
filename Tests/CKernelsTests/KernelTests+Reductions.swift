import CKernels
import Foundation
import Testing

/// Sums, softmax, and largest and smallest values along an axis.
extension KernelTests {
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
}
