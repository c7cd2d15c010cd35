import CKernels
import Testing

/// Updates of optimizers.
extension KernelTests {
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
}
