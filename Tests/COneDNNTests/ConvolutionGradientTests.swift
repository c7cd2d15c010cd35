import COneDNN
import Testing

@Suite("oneDNN, convolution gradients")
struct ConvolutionGradientTests {
  /// Sums of eighths; some implementations add in another order over several thousand terms.
  static let floatTolerance = 1e-5
  static let bfloatTolerance = 1.0 / 256

  private func dataError(_ shape: ConvolutionCase, _ layout: pdnn_layout, _ type: pdnn_type) throws -> Double {
    let gradient = eighths(shape.resultShape.reduce(1, *), seed: 1)
    let weights = eighths(shape.weightShape.reduce(1, *), seed: 2)
    let operation = try Operation(shape.spec(PDNN_BACKWARD_DATA, layout: layout, type: type))
    let input = try pdnn_tensor(shape.resultShape, type, layout).buffer(gradient)
    let packed = try operation.packedWeights(Buffer(weights))
    let source = pdnn_tensor(shape.sourceShape, type, layout)
    let output = source.emptyBuffer()
    try check(
      pdnn_conv_backward_data(
        operation.handle, input.pointer, packed.pointer, output.pointer, operation.scratch.pointer), "execute")
    return largestError(try source.values(output), shape.backwardData(gradient, weights))
  }

  private func weightErrors(
    _ shape: ConvolutionCase, _ layout: pdnn_layout, _ type: pdnn_type, hasBias: Bool
  ) throws -> (weights: Double, bias: Double) {
    let source = eighths(shape.sourceShape.reduce(1, *), seed: 1)
    let gradient = eighths(shape.resultShape.reduce(1, *), seed: 2)
    var spec = shape.spec(PDNN_BACKWARD_WEIGHTS, layout: layout, type: type)
    spec.weights_type = PDNN_F32
    spec.has_bias = hasBias ? 1 : 0
    let operation = try Operation(spec)
    let input = try pdnn_tensor(shape.sourceShape, type, layout).buffer(source)
    let incoming = try pdnn_tensor(shape.resultShape, type, layout).buffer(gradient)
    let packed = Buffer(count: pdnn_weights_bytes(operation.handle))
    let bias = Buffer(count: shape.o * 4)
    try check(
      pdnn_conv_backward_weights(
        operation.handle, input.pointer, incoming.pointer, packed.pointer, hasBias ? bias.pointer : nil,
        operation.scratch.pointer), "execute")
    var plain = [Float](repeating: .nan, count: shape.weightShape.reduce(1, *))
    try check(pdnn_unpack_weights(operation.handle, packed.pointer, &plain), "pdnn_unpack_weights")
    var expectedBias = [Double](repeating: 0, count: shape.o)
    for (channel, value) in zip(shape.channels, gradient) { expectedBias[channel] += Double(value) }
    return (
      largestError(plain, shape.backwardWeights(source, gradient)),
      hasBias ? largestError(bias.floats, expectedBias) : 0
    )
  }

  @Test(arguments: ConvolutionCase.all, [PDNN_PLAIN, PDNN_CHANNELS_LAST, PDNN_BLOCKED16])
  func ofTheSource(shape: ConvolutionCase, layout: pdnn_layout) throws {
    #expect(try dataError(shape, layout, PDNN_F32) < Self.floatTolerance)
  }

  @Test(arguments: ConvolutionCase.all, [PDNN_PLAIN, PDNN_CHANNELS_LAST, PDNN_BLOCKED16])
  func ofWeightsAndBias(shape: ConvolutionCase, layout: pdnn_layout) throws {
    for hasBias in [false, true] {
      let errors = try weightErrors(shape, layout, PDNN_F32, hasBias: hasBias)
      #expect(errors.weights < Self.floatTolerance)
      #expect(errors.bias < Self.floatTolerance)
    }
  }

  @Test(.wideVectors, arguments: ConvolutionCase.all)
  func inBfloat16(shape: ConvolutionCase) throws {
    #expect(try dataError(shape, PDNN_CHANNELS_LAST, PDNN_BF16) < Self.bfloatTolerance)
    let errors = try weightErrors(shape, PDNN_CHANNELS_LAST, PDNN_BF16, hasBias: true)
    #expect(errors.weights < Self.floatTolerance)
    #expect(errors.bias < Self.floatTolerance)
  }
}
