import COneDNN
import Foundation
import Testing

@Suite("oneDNN, integer convolution", .exactIntegers)
struct IntegerConvolutionTests {
  /// A result may differ from the exactly computed one by half a step (that is rounding) and a little for float32.
  static let halfStep = 0.5 + 1e-3
  /// Relative, for results that stay floating.
  static let floatTolerance = 1e-5

  struct Types: Sendable, CustomTestStringConvertible {
    var source: pdnn_type
    var result: pdnn_type
    var residual: pdnn_type
    var testDescription: String { "\(source.rawValue) to \(result.rawValue), residual \(residual.rawValue)" }
  }

  static let types: [Types] = [
    .init(source: PDNN_U8, result: PDNN_U8, residual: PDNN_U8),
    .init(source: PDNN_U8, result: PDNN_S8, residual: PDNN_S8),
    .init(source: PDNN_S8, result: PDNN_S8, residual: PDNN_S8),
    .init(source: PDNN_S8, result: PDNN_U8, residual: PDNN_U8),
    .init(source: PDNN_U8, result: PDNN_U8, residual: PDNN_S8),
    .init(source: PDNN_U8, result: PDNN_F32, residual: PDNN_F32),
    .init(source: PDNN_S8, result: PDNN_F32, residual: PDNN_F32),
  ]

  private func range(_ type: pdnn_type) -> ClosedRange<Int> { type == PDNN_U8 ? 0...255 : -128...127 }

  private func verify(
    _ shape: ConvolutionCase, _ types: Types, hasResidual: Bool, perChannel: Bool = true, layout: pdnn_layout,
    activation: pdnn_activation = PDNN_ACT_NONE, alpha: Float = 0, beta: Float = 0,
    _ function: (Double) -> Double = { $0 }
  ) throws {
    let floating = types.result == PDNN_F32
    let source = integers(shape.sourceShape.reduce(1, *), in: range(types.source), seed: 1)
    let weights = integers(shape.weightShape.reduce(1, *), in: -127...127, seed: 2)
    let residual = integers(shape.resultShape.reduce(1, *), in: range(types.residual), seed: 3)
    let bias = eighths(shape.o, seed: 4)
    let scales = (0..<(perChannel ? shape.o : 1)).map { 0.002 + 0.0005 * Float($0 % 5) }
    var spec = shape.spec(PDNN_INFERENCE, layout: layout)
    (spec.src_type, spec.weights_type, spec.dst_type) = (types.source, PDNN_S8, types.result)
    (spec.src_scale, spec.dst_scale, spec.residual_scale) = (0.01, 0.0625, 0.03)
    (spec.has_bias, spec.has_residual, spec.residual_type) = (1, hasResidual ? 1 : 0, types.residual)
    (spec.activation, spec.alpha, spec.beta) = (activation, alpha, beta)
    let operation = try Operation(spec, weightScales: scales)
    let packed = try operation.packedWeights(
      pdnn_tensor([weights.count], PDNN_S8).buffer(weights))
    let packedBias = try operation.packedBias(bias)
    let input = try pdnn_tensor(shape.sourceShape, types.source, layout).buffer(source)
    let output = try pdnn_tensor(shape.resultShape, types.residual, layout).buffer(residual)
    try check(
      pdnn_conv_execute(
        operation.handle, input.pointer, packed.pointer, packedBias.pointer, output.pointer,
        operation.scratch.pointer), "execute")
    let actual = try pdnn_tensor(shape.resultShape, types.result, layout).values(output)

    let channels = shape.channels
    let step = floating ? 1 : Double(spec.dst_scale)
    var worst = 0.0
    for (i, product) in shape.forward(source, weights).enumerated() {
      let scale = Double(spec.src_scale) * Double(scales[perChannel ? channels[i] : 0])
      let sum = scale * product + Double(bias[channels[i]])
      let y = function(sum + (hasResidual ? Double(spec.residual_scale) * Double(residual[i]) : 0)) / step
      if floating {
        worst = max(worst, abs(Double(actual[i]) - y) / max(1, abs(y)))
      } else {
        let bounds = range(types.result)
        let saturated = min(max(y, Double(bounds.lowerBound)), Double(bounds.upperBound))
        worst = max(worst, abs(Double(actual[i]) - saturated))
      }
    }
    let message = Comment(rawValue: "\(shape.name): \(String(cString: pdnn_implementation(operation.handle)))")
    #expect(worst <= (floating ? Self.floatTolerance : Self.halfStep), message)
  }

  @Test(arguments: ConvolutionCase.all, types)
  func isItsDefinition(shape: ConvolutionCase, types: Types) throws {
    for hasResidual in [false, true] {
      try verify(
        shape, types, hasResidual: hasResidual, layout: PDNN_CHANNELS_LAST, activation: PDNN_ACT_RELU
      ) { max($0, 0) }
    }
    try verify(shape, types, hasResidual: false, perChannel: false, layout: PDNN_CHANNELS_LAST)
  }

  @Test(arguments: types)
  func appliesActivations(types: Types) throws {
    for shape in ConvolutionCase.all where ["3x3", "1x1", "odd channels", "depthwise"].contains(shape.name) {
      try verify(
        shape, types, hasResidual: true, layout: PDNN_CHANNELS_LAST, activation: PDNN_ACT_CLIP, alpha: 0, beta: 6
      ) { min(max($0, 0), 6) }
      try verify(
        shape, types, hasResidual: false, layout: PDNN_CHANNELS_LAST, activation: PDNN_ACT_HARDSWISH
      ) { $0 * min(max($0 / 6 + 0.5, 0), 1) }
      try verify(
        shape, types, hasResidual: true, layout: PDNN_CHANNELS_LAST, activation: PDNN_ACT_SIGMOID
      ) { 1 / (1 + exp(-$0)) }
      try verify(
        shape, types, hasResidual: false, layout: PDNN_CHANNELS_LAST, activation: PDNN_ACT_HARDSIGMOID, alpha: 0.2,
        beta: 0.5
      ) { min(max(0.2 * $0 + 0.5, 0), 1) }
    }
  }

  /// Images whose pixels make three tiles of AMX, for which oneDNN 2.6.3 has a kernel that writes beyond its buffers.
  @Test(arguments: [(6, 6), (3, 9), (1, 33), (4, 12)], [16, 40])
  func pointwiseOnThreeTiles(size: (h: Int, w: Int), outputs: Int) throws {
    let shape = ConvolutionCase(
      name: "1x1 on \(size.h)x\(size.w)", c: 96, h: size.h, w: size.w, o: outputs, kernel: (1, 1), pads: (0, 0, 0, 0))
    for types in Self.types.prefix(3) {
      try verify(shape, types, hasResidual: false, layout: PDNN_CHANNELS_LAST)
    }
  }

  @Test func refusesWrongScales() {
    var spec = ConvolutionCase.all[0].spec(PDNN_INFERENCE, layout: PDNN_CHANNELS_LAST)
    (spec.src_type, spec.weights_type, spec.dst_type) = (PDNN_U8, PDNN_S8, PDNN_U8)
    (spec.src_scale, spec.dst_scale) = (0.1, 0.1)
    #expect(throws: StatusError.self) { try Operation(spec) }
    #expect(throws: StatusError.self) { try Operation(spec, weightScales: [0]) }
    #expect(throws: StatusError.self) { try Operation(spec, weightScales: [1, 1]) }
    spec.dst_scale = 0
    #expect(throws: StatusError.self) { try Operation(spec, weightScales: [1]) }
  }
}
