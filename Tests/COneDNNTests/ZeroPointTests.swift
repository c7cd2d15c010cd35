import COneDNN
import Testing

@Suite("oneDNN, zero points", .exactIntegers)
struct ZeroPointTests {
  /// A result may differ from the exactly computed one by half a step (that is rounding) and a little for float32.
  static let halfStep = 0.5 + 1e-3
  /// Relative, for results that stay floating.
  static let floatTolerance = 1e-5

  private func range(_ type: pdnn_type) -> ClosedRange<Int> { type == PDNN_U8 ? 0...255 : -128...127 }

  private func saturated(_ value: Double, _ type: pdnn_type) -> Double {
    min(max(value, Double(range(type).lowerBound)), Double(range(type).upperBound))
  }

  private func zero(_ value: Int32) -> pdnn_zero_point { pdnn_zero_point(exists: 1, value: value) }

  /// Padding is the number 0, whatever integer that is.
  @Test(arguments: ConvolutionCase.all, [PDNN_U8, PDNN_S8])
  func convolutionsSubtractTheSourcesAndAddTheResults(shape: ConvolutionCase, type: pdnn_type) throws {
    let source = integers(shape.sourceShape.reduce(1, *), in: range(type), seed: 1)
    let weights = integers(shape.weightShape.reduce(1, *), in: -127...127, seed: 2)
    let bias = eighths(shape.o, seed: 4)
    let scales = (0..<shape.o).map { 0.002 + 0.0005 * Float($0 % 5) }
    let points: (source: Int32, result: Int32) = type == PDNN_U8 ? (117, 9) : (-7, -128)
    for result in [PDNN_U8, PDNN_S8, PDNN_F32] where result != PDNN_U8 || points.result >= 0 {
      var spec = shape.spec(PDNN_INFERENCE, layout: PDNN_CHANNELS_LAST)
      (spec.src_type, spec.weights_type, spec.dst_type) = (type, PDNN_S8, result)
      (spec.src_scale, spec.dst_scale, spec.has_bias) = (0.01, 0.0625, 1)
      (spec.src_zero_point, spec.dst_zero_point) = (zero(points.source), zero(points.result))
      (spec.activation, spec.alpha) = (PDNN_ACT_RELU, 0)
      let operation = try Operation(spec, weightScales: scales)
      let packed = try operation.packedWeights(pdnn_tensor([weights.count], PDNN_S8).buffer(weights))
      let packedBias = try operation.packedBias(bias)
      let input = try pdnn_tensor(shape.sourceShape, type, PDNN_CHANNELS_LAST).buffer(source)
      let target = pdnn_tensor(shape.resultShape, result, PDNN_CHANNELS_LAST)
      // The second value is set after creation.
      for point in [points.source, points.source + 3] {
        pdnn_set_source_zero_point(operation.handle, point)
        let output = target.emptyBuffer()
        try check(
          pdnn_conv_execute(
            operation.handle, input.pointer, packed.pointer, packedBias.pointer, output.pointer,
            operation.scratch.pointer), "execute")
        let products = shape.forward(source.map { $0 - Float(point) }, weights)
        let worst = zip(try target.values(output), products.enumerated()).map { actual, product in
          let channel = shape.channels[product.offset]
          let sum = 0.01 * Double(scales[channel]) * product.element + Double(bias[channel])
          let y = max(sum, 0)
          if result == PDNN_F32 { return abs(Double(actual) - y) / max(1, abs(y)) }
          return abs(Double(actual) - saturated(y / 0.0625 + Double(points.result), result))
        }.max()!
        let message = Comment(rawValue: "\(shape.name): \(String(cString: pdnn_implementation(operation.handle)))")
        #expect(worst <= (result == PDNN_F32 ? Self.floatTolerance : Self.halfStep), message)
      }
    }
  }

  @Test(arguments: [PDNN_U8, PDNN_S8], [PDNN_U8, PDNN_S8, PDNN_F32])
  func productsHaveThemOnAllSides(type: pdnn_type, result: pdnn_type) throws {
    let (m, n, k) = (5, 12, 33)
    let a = integers(m * k, in: range(type), seed: 1)
    let b = integers(k * n, in: -127...127, seed: 2)
    let bias = eighths(n, seed: 3)
    let scales = (0..<n).map { 0.5 + 0.25 * Float($0 % 3) }
    for packed in [false, true] {
      var spec = pdnn_matmul_spec()
      (spec.batch, spec.m, spec.n, spec.k) = (1, Int64(m), Int64(n), Int64(k))
      (spec.a_type, spec.b_type, spec.c_type) = (type, PDNN_S8, result)
      (spec.has_bias, spec.packed_b, spec.scale, spec.c_scale) = (1, packed ? 1 : 0, 0.001, 0.5)
      (spec.a_zero_point, spec.b_zero_point, spec.c_zero_point) = (zero(3), zero(-5), zero(7))
      let operation = try Operation(spec, columnScales: scales)
      let left = try pdnn_tensor([a.count], type).buffer(a)
      let plain = try pdnn_tensor([b.count], PDNN_S8).buffer(b)
      let right = packed ? try operation.packedWeights(plain) : plain
      let packedBias = try operation.packedBias(bias)
      let target = pdnn_tensor([m * n], result)
      let output = target.emptyBuffer()
      try check(
        pdnn_matmul_execute(
          operation.handle, left.pointer, right.pointer, packedBias.pointer, output.pointer,
          operation.scratch.pointer), "execute")
      let worst = try target.values(output).enumerated().map { index, actual in
        let (row, column) = (index / n, index % n)
        let product = (0..<k).reduce(0.0) { $0 + Double(a[row * k + $1] - 3) * Double(b[$1 * n + column] + 5) }
        let y = 0.001 * Double(scales[column]) * product + Double(bias[column])
        if result == PDNN_F32 { return abs(Double(actual) - y) / max(1, abs(y)) }
        return abs(Double(actual) - saturated(y / 0.5 + 7, result))
      }.max()!
      #expect(worst <= (result == PDNN_F32 ? Self.floatTolerance : Self.halfStep), "packed \(packed)")
    }
  }

  /// Sums below 2^24 stay exact on their way to 32 bits.
  @Test func sumsInThirtyTwoBitsAreExact() throws {
    let shape = ConvolutionCase.all[0]
    let source = integers(shape.sourceShape.reduce(1, *), in: 0...255, seed: 1)
    let weights = integers(shape.weightShape.reduce(1, *), in: -127...127, seed: 2)
    var spec = shape.spec(PDNN_INFERENCE, layout: PDNN_CHANNELS_LAST)
    (spec.src_type, spec.weights_type, spec.dst_type, spec.src_scale) = (PDNN_U8, PDNN_S8, PDNN_S32, 1)
    spec.src_zero_point = zero(100)
    let operation = try Operation(spec, weightScales: [1])
    let packed = try operation.packedWeights(pdnn_tensor([weights.count], PDNN_S8).buffer(weights))
    let input = try pdnn_tensor(shape.sourceShape, PDNN_U8, PDNN_CHANNELS_LAST).buffer(source)
    let target = pdnn_tensor(shape.resultShape, PDNN_S32, PDNN_CHANNELS_LAST)
    let output = target.emptyBuffer()
    try check(
      pdnn_conv_execute(
        operation.handle, input.pointer, packed.pointer, nil, output.pointer, operation.scratch.pointer), "execute")
    #expect(try target.values(output).map(Double.init) == shape.forward(source.map { $0 - 100 }, weights))
  }
}
