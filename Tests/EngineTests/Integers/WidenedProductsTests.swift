import COneDNN
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Products of bytes on processors without VNNI, by what a specification for oneDNN says.
struct WidenedProductsTests {
  private func bytes(_ count: Int, from low: Int, seed: Int) -> [Int] {
    (0..<count).map { low + ($0 * 97 + seed * 31 + $0 * $0 % 13) % 256 }
  }

  private func run(_ products: WidenedProducts, _ x: [Int], weights: [Int]?, results: Int) -> [UInt8] {
    let x = AlignedMemory(copying: x.map { UInt8(truncatingIfNeeded: $0) })
    let weights = weights.map { AlignedMemory(copying: $0.map { UInt8(truncatingIfNeeded: $0) }) }
    let (y, scratch) = (AlignedMemory(byteCount: results), AlignedMemory(byteCount: products.scratchBytes))
    products.run(x.base, weights: weights?.base, into: y.base, scratch: scratch.base)
    return Array(UnsafeRawBufferPointer(start: y.base, count: results))
  }

  /// Batches of 2 x 3 matrices of 4 x 5 with 3 of 5 x 6, the second operand constant or not, lying straight or transposed.
  @Test(arguments: [false, true], [false, true])
  func multipliesBatches(isConstant: Bool, isTransposed: Bool) throws {
    let (m, k, n) = (4, 5, 6)
    // A constant operand is one matrix.
    let (outer, inner) = isConstant ? (1, 1) : (2, 3)
    let a = bytes(outer * inner * m * k, from: 0, seed: 1)
    let b = bytes(inner * k * n, from: -128, seed: 2)
    var spec = try #require(
      pdnn_matmul_spec(
        left: Shape([outer, inner, m, k]), right: Shape(isConstant ? [k, n] : [1, inner, k, n]),
        output: Shape([outer, inner, m, n]), transposeA: false, transposeB: false))
    spec.transpose_b = isTransposed ? 1 : 0
    (spec.a_type, spec.b_type, spec.c_type) = (PDNN_U8, PDNN_S8, PDNN_S8)
    (spec.a_zero_point, spec.b_zero_point) = (.init(exists: 1, value: 120), .init(exists: 1, value: -2))
    (spec.scale, spec.c_scale, spec.c_zero_point) = (0.25, 64, .init(exists: 1, value: 5))
    let scales = (0..<n).map { 1 + Float($0) / 8 }
    let bias = (0..<n).map { Float($0) * 100 - 200 }
    let products = try #require(WidenedProducts(spec, scales: scales, activation: .relu))
    let weights = isConstant ? Tensor(b.map { Int8($0) }, shape: Shape([k, n])) : nil
    try products.prepare(weights: weights, bias: bias)
    let results = run(products, a, weights: isConstant ? nil : b, results: outer * inner * m * n)
    for (index, byte) in results.enumerated() {
      let (matrix, row, column) = (index / (m * n), index / n % m, index % n)
      let sum = (0..<k).reduce(0) { sum, i in
        let right = b[matrix % inner * k * n + (isTransposed ? column * k + i : i * n + column)]
        return sum + (a[(matrix * m + row) * k + i] - 120) * (right + 2)
      }
      let number = max(0.25 * scales[column] * Float(sum) + bias[column], 0)
      let exact = min((number / 64).rounded(.toNearestOrEven) + 5, 127)
      #expect(Float(Int8(bitPattern: byte)) == exact, "at \(index)")
    }
  }

  /// A convolution's zero point may change from run to run; two inputs in groups of one and one output.
  @Test func convolves() throws {
    var spec = pdnn_conv_spec()
    (spec.n, spec.c, spec.h, spec.w, spec.o, spec.oh, spec.ow) = (1, 2, 1, 3, 2, 1, 3)
    (spec.kh, spec.kw, spec.groups, spec.pad_left, spec.pad_right) = (1, 3, 2, 1, 1)
    (spec.stride_h, spec.stride_w, spec.dilation_h, spec.dilation_w) = (1, 1, 1, 1)
    (spec.src_type, spec.weights_type, spec.dst_type) = (PDNN_S8, PDNN_S8, PDNN_U8)
    (spec.src_scale, spec.dst_scale, spec.src_zero_point.exists) = (0.5, 1, 1)
    let products = try #require(WidenedProducts(spec, scales: [2], activation: .none))
    try products.prepare(weights: Tensor([1, 2, 3, -1, 0, 1] as [Int8], shape: Shape([2, 1, 1, 3])), bias: nil)
    products.setSourceZeroPoint(10)
    // Channel 0 is 1, 2, 4 above the zero point; channel 1 is 7, 8, 20 above it, and gives 8, 13, -8.
    let y = run(products, [11, 17, 12, 18, 14, 30], weights: nil, results: 6)
    let expected: [UInt8] = [8, 8, 17, 13, 10, 0]
    #expect(y == expected)
  }

  /// Sums of more products may leave 32 bits.
  @Test func refusesTooManyProducts() {
    var spec = pdnn_matmul_spec()
    (spec.batch, spec.m, spec.n, spec.k) = (1, 1, 1, 40_000)
    #expect(WidenedProducts(spec, scales: [], activation: .none) == nil)
  }
}

extension AlignedMemory {
  fileprivate convenience init(copying bytes: [UInt8]) {
    self.init(byteCount: bytes.count)
    base.copyMemory(from: bytes, byteCount: bytes.count)
  }
}
