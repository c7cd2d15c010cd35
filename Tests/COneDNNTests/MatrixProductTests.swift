import COneDNN
import Testing

@Suite("oneDNN, matrix product")
struct MatrixProductTests {
  /// Products of eighths sum exactly; the factors round.
  static let floatTolerance = 1e-5
  static let bfloatTolerance = 1.0 / 256
  /// Rounding and a little for float32.
  static let halfStep = 0.5 + 1e-3

  struct Shape: Sendable, CustomTestStringConvertible {
    var batch = 1
    var m: Int
    var n: Int
    var k: Int
    var broadcastA = false
    var broadcastB = false
    var testDescription: String {
      "\(batch) x \(m)x\(k)x\(n)\(broadcastA ? ", one a" : "")\(broadcastB ? ", one b" : "")"
    }
  }

  static let shapes: [Shape] = [
    .init(m: 5, n: 7, k: 3), .init(m: 1, n: 10, k: 64), .init(m: 33, n: 1, k: 17), .init(m: 64, n: 64, k: 64),
    .init(batch: 3, m: 5, n: 7, k: 9), .init(batch: 3, m: 5, n: 7, k: 9, broadcastB: true),
    .init(batch: 3, m: 5, n: 7, k: 9, broadcastA: true),
  ]

  static let transposes = [(false, false), (true, false), (false, true), (true, true)].map { [$0.0, $0.1] }

  private func spec(_ shape: Shape, _ transposed: [Bool], _ type: pdnn_type = PDNN_F32) -> pdnn_matmul_spec {
    var s = pdnn_matmul_spec()
    (s.batch, s.m, s.n, s.k) = (Int64(shape.batch), Int64(shape.m), Int64(shape.n), Int64(shape.k))
    (s.transpose_a, s.transpose_b) = (transposed[0] ? 1 : 0, transposed[1] ? 1 : 0)
    (s.broadcast_a, s.broadcast_b) = (shape.broadcastA ? 1 : 0, shape.broadcastB ? 1 : 0)
    (s.a_type, s.b_type, s.c_type) = (type, type, type)
    return s
  }

  private func naive(_ s: Shape, _ transposed: [Bool], _ a: [Float], _ b: [Float]) -> [Double] {
    var c: [Double] = []
    for batch in 0..<s.batch {
      let (baseA, baseB) = (s.broadcastA ? 0 : batch * s.m * s.k, s.broadcastB ? 0 : batch * s.k * s.n)
      for i in 0..<s.m {
        for j in 0..<s.n {
          c.append(
            (0..<s.k).reduce(0.0) { sum, l in
              let left = a[baseA + (transposed[0] ? l * s.m + i : i * s.k + l)]
              let right = b[baseB + (transposed[1] ? j * s.k + l : l * s.n + j)]
              return sum + Double(left) * Double(right)
            })
        }
      }
    }
    return c
  }

  private func run(
    _ operation: Operation, _ shape: Shape, _ spec: pdnn_matmul_spec, _ a: [Float], _ b: [Float], _ bias: [Float]
  ) throws -> [Float] {
    let bufferA = try pdnn_tensor([a.count], spec.a_type).buffer(a)
    var bufferB = try pdnn_tensor([b.count], spec.b_type).buffer(b)
    if spec.packed_b != 0 {
      bufferB = try operation.packedWeights(spec.b_type == PDNN_S8 ? bufferB : Buffer(b))
    }
    let packedBias = try operation.packedBias(bias)
    let result = pdnn_tensor([shape.batch * shape.m * shape.n], spec.c_type)
    let output = result.emptyBuffer()
    try check(
      pdnn_matmul_execute(
        operation.handle, bufferA.pointer, bufferB.pointer, packedBias.pointer, output.pointer,
        operation.scratch.pointer), "execute")
    return try result.values(output)
  }

  private func counts(_ s: Shape) -> (a: Int, b: Int) {
    ((s.broadcastA ? 1 : s.batch) * s.m * s.k, (s.broadcastB ? 1 : s.batch) * s.k * s.n)
  }

  @Test(arguments: shapes, transposes)
  func isItsDefinition(shape: Shape, transposed: [Bool]) throws {
    let a = eighths(counts(shape).a, seed: 1)
    let b = eighths(counts(shape).b, seed: 2)
    let bias = eighths(shape.n, seed: 3)
    for packed in [false, true] {
      for type in [PDNN_F32, PDNN_BF16] where type == PDNN_F32 || pdnn_has_avx512() != 0 {
        var spec = spec(shape, transposed, type)
        spec.has_bias = 1
        spec.activation = PDNN_ACT_RELU
        spec.packed_b = packed ? 1 : 0
        let actual = try run(try Operation(spec), shape, spec, a, b, bias)
        let expected = naive(shape, transposed, a, b).enumerated().map { max($1 + Double(bias[$0 % shape.n]), 0) }
        #expect(
          largestError(actual, expected) < (type == PDNN_F32 ? Self.floatTolerance : Self.bfloatTolerance),
          "packed \(packed), type \(type.rawValue)")
      }
    }
  }

  @Test(arguments: shapes)
  func scalesProductsBeforeTheBias(shape: Shape) throws {
    let a = eighths(counts(shape).a, seed: 1)
    let b = eighths(counts(shape).b, seed: 2)
    let bias = eighths(shape.n, seed: 3)
    var spec = spec(shape, [false, true])
    spec.has_bias = 1
    spec.scale = 0.125
    let actual = try run(try Operation(spec), shape, spec, a, b, bias)
    let expected = naive(shape, [false, true], a, b).enumerated().map { 0.125 * $1 + Double(bias[$0 % shape.n]) }
    #expect(largestError(actual, expected) < Self.floatTolerance)
  }

  @Test(.exactIntegers, arguments: shapes, [PDNN_U8, PDNN_S8])
  func multipliesIntegers(shape: Shape, type: pdnn_type) throws {
    let a = integers(counts(shape).a, in: type == PDNN_U8 ? 0...255 : -128...127, seed: 1)
    let b = integers(counts(shape).b, in: -127...127, seed: 2)
    let bias = eighths(shape.n, seed: 3)
    let scales = (0..<shape.n).map { 0.5 + 0.25 * Float($0 % 3) }
    for (result, packed) in [(PDNN_F32, false), (PDNN_F32, true), (PDNN_S8, true), (PDNN_U8, true)] {
      var spec = spec(shape, [false, true])
      (spec.a_type, spec.b_type, spec.c_type) = (type, PDNN_S8, result)
      (spec.has_bias, spec.packed_b, spec.scale) = (1, packed ? 1 : 0, 0.001)
      let actual = try run(try Operation(spec, columnScales: scales), shape, spec, a, b, bias)
      let exact = naive(shape, [false, true], a, b).enumerated().map {
        0.001 * Double(scales[$0 % shape.n]) * $1 + Double(bias[$0 % shape.n])
      }
      if result == PDNN_F32 {
        #expect(largestError(actual, exact) < Self.floatTolerance)
      } else {
        let (low, high) = result == PDNN_U8 ? (0.0, 255.0) : (-128.0, 127.0)
        let worst = zip(actual, exact).map { abs(Double($0) - min(max($1, low), high)) }.max() ?? .infinity
        #expect(worst <= Self.halfStep)
      }
    }
  }

  @Test(arguments: [false, true], [false, true])
  func batchAxesBroadcastOverEachOther(transposeA: Bool, transposeB: Bool) throws {
    var spec = spec(.init(m: 4, n: 5, k: 6), [transposeA, transposeB])
    spec.batch_rank = 3
    (spec.a_batch, spec.b_batch) = ((2, 1, 3, 0), (1, 4, 3, 0))
    let a = eighths(6 * 24, seed: 1)
    let b = eighths(12 * 30, seed: 2)
    let transposed = [transposeA, transposeB]
    var expected: [Double] = []
    for outer in 0..<2 {
      for middle in 0..<4 {
        for inner in 0..<3 {
          let left = Array(a[(outer * 3 + inner) * 24..<(outer * 3 + inner + 1) * 24])
          let right = Array(b[(middle * 3 + inner) * 30..<(middle * 3 + inner + 1) * 30])
          expected += naive(.init(m: 4, n: 5, k: 6), transposed, left, right)
        }
      }
    }
    let actual = try run(try Operation(spec), .init(batch: 24, m: 4, n: 5, k: 6), spec, a, b, [])
    #expect(largestError(actual, expected) < Self.floatTolerance)
    spec.b_batch.0 = 3
    #expect(throws: StatusError.self) { try Operation(spec) }
  }

  @Test func refusesEmptyMatrices() {
    #expect(throws: StatusError.self) { try Operation(spec(.init(m: 0, n: 1, k: 1), [false, false])) }
  }
}
