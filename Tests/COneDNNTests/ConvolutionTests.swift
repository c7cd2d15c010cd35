import COneDNN
import Foundation
import Testing

@Suite("oneDNN, convolution forward")
struct ConvolutionTests {
  /// Sums of up to 400 products of eighths are exact in float32; the rest is Winograd's and the sigmoid's share.
  static let floatTolerance = 1e-5
  /// Winograd's transforms subtract numbers of like size, which costs about a decimal digit.
  static let winogradTolerance = 1e-4
  /// Half a unit in the last of bfloat16's 8 bits, relative.
  static let bfloatTolerance = 1.0 / 256

  struct Epilogue: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var activation = PDNN_ACT_NONE
    var alpha: Float = 0
    var beta: Float = 0
    var hasBias = true
    var hasResidual = false
    var function: @Sendable (Double) -> Double = { $0 }
  }

  static let epilogues: [Epilogue] = [
    .init(testDescription: "nothing", hasBias: false),
    .init(testDescription: "bias"),
    .init(testDescription: "ReLU", activation: PDNN_ACT_RELU, function: { max($0, 0) }),
    .init(testDescription: "leaky ReLU", activation: PDNN_ACT_RELU, alpha: 0.25, function: { max($0, 0.25 * $0) }),
    .init(
      testDescription: "clip", activation: PDNN_ACT_CLIP, alpha: -0.5, beta: 1, function: { min(max($0, -0.5), 1) }),
    .init(testDescription: "sigmoid", activation: PDNN_ACT_SIGMOID, function: { 1 / (1 + exp(-$0)) }),
    .init(
      testDescription: "hard swish", activation: PDNN_ACT_HARDSWISH, function: { $0 * min(max($0 / 6 + 0.5, 0), 1) }),
    .init(
      testDescription: "hard sigmoid", activation: PDNN_ACT_HARDSIGMOID, alpha: 0.2, beta: 0.5,
      function: { min(max(0.2 * $0 + 0.5, 0), 1) }),
    .init(testDescription: "residual", hasBias: false, hasResidual: true),
    .init(
      testDescription: "bias, residual, ReLU", activation: PDNN_ACT_RELU, hasResidual: true, function: { max($0, 0) }),
  ]

  private func error(
    of shape: ConvolutionCase, _ epilogue: Epilogue, layout: pdnn_layout, type: pdnn_type = PDNN_F32,
    direction: pdnn_direction = PDNN_INFERENCE, algorithm: pdnn_algorithm = PDNN_ALGO_DIRECT
  ) throws -> Double {
    let source = eighths(shape.sourceShape.reduce(1, *), seed: 1)
    let weights = eighths(shape.weightShape.reduce(1, *), seed: 2)
    let bias = eighths(shape.o, seed: 3)
    let residual = eighths(shape.resultShape.reduce(1, *), seed: 4)
    var spec = shape.spec(direction, layout: layout, type: type)
    spec.algorithm = algorithm
    (spec.activation, spec.alpha, spec.beta) = (epilogue.activation, epilogue.alpha, epilogue.beta)
    (spec.has_bias, spec.has_residual) = (epilogue.hasBias ? 1 : 0, epilogue.hasResidual ? 1 : 0)
    spec.residual_type = type
    let operation = try Operation(spec)
    let packed = try operation.packedWeights(Buffer(weights))
    if pdnn_weights_are_plain(operation.handle) != 0 { #expect(packed.floats == weights) }
    let packedBias = try operation.packedBias(bias)
    let result = pdnn_tensor(shape.resultShape, type, layout)
    let input = try pdnn_tensor(shape.sourceShape, type, layout).buffer(source)
    // Twice, the second time into another buffer, to see that pointers follow.
    var values: [Float] = []
    for _ in 0..<2 {
      let output = try result.buffer(residual)
      try check(
        pdnn_conv_execute(
          operation.handle, input.pointer, packed.pointer, packedBias.pointer, output.pointer,
          operation.scratch.pointer), "execute")
      values = try result.values(output)
    }
    let channels = shape.channels
    let expected = shape.forward(source, weights).enumerated().map { i, product in
      let sum = product + (epilogue.hasBias ? Double(bias[channels[i]]) : 0)
      return epilogue.function(sum + (epilogue.hasResidual ? Double(residual[i]) : 0))
    }
    return largestError(values, expected)
  }

  @Test(arguments: ConvolutionCase.all, [PDNN_PLAIN, PDNN_CHANNELS_LAST, PDNN_BLOCKED16])
  func isItsDefinition(shape: ConvolutionCase, layout: pdnn_layout) throws {
    for epilogue in [Self.epilogues[0], Self.epilogues[9]] {
      #expect(try error(of: shape, epilogue, layout: layout) < Self.floatTolerance)
    }
    #expect(
      try error(of: shape, Self.epilogues[1], layout: layout, direction: PDNN_TRAINING) < Self.floatTolerance)
  }

  @Test(arguments: epilogues, [PDNN_CHANNELS_LAST, PDNN_BLOCKED16])
  func appliesBiasResidualAndActivation(epilogue: Epilogue, layout: pdnn_layout) throws {
    for shape in ConvolutionCase.all where ["odd channels", "depthwise"].contains(shape.name) {
      #expect(try error(of: shape, epilogue, layout: layout) < Self.floatTolerance)
    }
  }

  @Test(.wideVectors, arguments: ConvolutionCase.all)
  func worksInBfloat16(shape: ConvolutionCase) throws {
    let e = try error(of: shape, Self.epilogues[9], layout: PDNN_CHANNELS_LAST, type: PDNN_BF16)
    #expect(e < Self.bfloatTolerance)
  }

  @Test(.enabled(if: pdnn_version_major() == 2), .wideVectors)
  func worksByWinograd() throws {
    let shape = ConvolutionCase(name: "Winograd", c: 32, h: 14, w: 14, o: 32)
    let e = try error(of: shape, Self.epilogues[9], layout: PDNN_BLOCKED16, algorithm: PDNN_ALGO_WINOGRAD)
    #expect(e < Self.winogradTolerance)
  }

  /// The usual first layer: it runs no reference implementation although 3 channels fill no block.
  @Test func goesFromFewPlainChannelsToBlocks() throws {
    let shape = ConvolutionCase(name: "first layer", c: 3, h: 12, w: 12, o: 16)
    let blocks = pdnn_has_avx512() != 0 ? PDNN_BLOCKED16 : PDNN_BLOCKED8
    var spec = shape.spec(PDNN_INFERENCE, layout: blocks)
    spec.src_layout = PDNN_PLAIN
    let operation = try Operation(spec)
    let source = eighths(shape.sourceShape.reduce(1, *), seed: 1)
    let weights = eighths(shape.weightShape.reduce(1, *), seed: 2)
    let input = Buffer(source)
    let packed = try operation.packedWeights(Buffer(weights))
    let result = pdnn_tensor(shape.resultShape, PDNN_F32, blocks)
    let output = result.emptyBuffer()
    try check(
      pdnn_conv_execute(
        operation.handle, input.pointer, packed.pointer, nil, output.pointer, operation.scratch.pointer), "execute")
    #expect(largestError(try result.values(output), shape.forward(source, weights)) < Self.floatTolerance)
    #expect(!String(cString: pdnn_implementation(operation.handle)).hasPrefix("ref"))
  }

  @Test func refusesWhatDoesNotFit() {
    var spec = ConvolutionCase.all[0].spec(PDNN_INFERENCE, layout: PDNN_CHANNELS_LAST)
    spec.groups = 3
    #expect(throws: StatusError.self) { try Operation(spec) }
    spec.groups = 1
    spec.oh += 1
    #expect(throws: StatusError.self) { try Operation(spec) }
    spec.oh -= 1
    spec.src_type = PDNN_S32
    #expect(throws: StatusError.self) { try Operation(spec) }
  }

  @Test func refusesMissingBuffers() throws {
    let operation = try Operation(ConvolutionCase.all[0].spec(PDNN_INFERENCE, layout: PDNN_CHANNELS_LAST))
    #expect(pdnn_conv_execute(operation.handle, nil, nil, nil, nil, nil) != 0)
    #expect(pdnn_conv_backward_data(operation.handle, nil, nil, nil, nil) != 0)
  }

  @Test func namesItsImplementation() throws {
    let operation = try Operation(ConvolutionCase.all[0].spec(PDNN_INFERENCE, layout: PDNN_CHANNELS_LAST))
    #expect(!String(cString: pdnn_implementation(operation.handle)).isEmpty)
  }
}
