import CKernels
import Testing

/// One way to run a kernel: a CPU level, a thread count and a size.
struct KernelCase: Sendable, CustomTestStringConvertible {
  let level: String
  let threads: Int32
  let size: Int

  var testDescription: String { "\(level), \(threads) threads, \(size)" }

  /// Every level with 1 and 2 threads at odd sizes, and one size large enough for two threads to share.
  static let all: [KernelCase] = ["avx512", "avx2", "portable"].flatMap { level in
    [Int32(1), 2].flatMap { threads in
      [1, 7, 17, 33, 1000, 40_003].map { KernelCase(level: level, threads: threads, size: $0) }
    }
  }

  func select() {
    pk_force_cpu_level(level)
    pk_set_threads(threads)
  }
}

/// `count` values in -range..<range that repeat from run to run.
func values(_ count: Int, seed: UInt64, range: Float = 2) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Float(state >> 40) / Float(1 << 24) * 2 - 1) * range
  }
}

/// Largest |a - b| / max(1, |b|).
func error(_ a: [Float], _ b: [Double]) -> Double {
  zip(a, b).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
}

/// A few float roundings.
let roundings = 2e-6
