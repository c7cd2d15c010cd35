import Graphs
import Tensors
import TestSupport
import Testing

private func normal(_ shape: Shape, _ seed: UInt64) -> Tensor { SampleTensors.normal(shape, seed: seed) }

private func example(
  _ name: String, _ x: Shape, _ weights: Shape, groups: Int = 1, strides: [Int]? = nil, dilations: [Int]? = nil,
  pads: [Int]? = nil, autoPad: SpatialWindow.AutoPad = .explicit, bias: Bool = true, batch: Int? = nil
) -> GradientCase {
  let window = SpatialWindow(
    kernel: Array(weights.dimensions[2...]), strides: strides, dilations: dilations, pads: pads, autoPad: autoPad)
  let shape = ValueShape([.batch] + x.dimensions.dropFirst().map { .fixed($0) })
  return GradientCase(
    name, Convolution(window: window, groups: groups),
    [normal(x, 1), normal(weights, 2)] + (bias ? [normal([weights[0]], 3)] : []),
    shapes: batch == nil ? [:] : [0: shape], batch: batch ?? 1)
}

@Suite struct ConvolutionTests {
  static let cases = [
    example("3x3, batch 1, odd channels", [1, 3, 5, 5], [5, 3, 3, 3]),
    example("3x3, padded, batch 2", [2, 2, 4, 5], [3, 2, 3, 3], pads: [1, 1, 1, 1], bias: false),
    example("1x1", [2, 3, 3, 3], [2, 3, 1, 1]),
    example("stride 2", [1, 2, 7, 6], [3, 2, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1]),
    example("stride that skips the last row", [1, 1, 6, 6], [1, 1, 3, 3], strides: [2, 2]),
    example("dilated", [1, 2, 7, 8], [2, 2, 3, 2], dilations: [2, 3]),
    example("uneven pads", [1, 2, 5, 4], [2, 2, 3, 2], pads: [0, 1, 2, 0]),
    example("two groups", [1, 4, 4, 4], [6, 2, 3, 3], groups: 2),
    example("depthwise", [2, 3, 5, 5], [3, 1, 3, 3], groups: 3, strides: [2, 1], pads: [1, 1, 1, 1]),
    example("depthwise with multiplier", [1, 2, 4, 4], [4, 1, 3, 3], groups: 2),
    example("SAME_UPPER", [1, 2, 6, 5], [2, 2, 3, 2], strides: [2, 2], autoPad: .sameUpper),
    example("SAME_LOWER", [1, 2, 6, 5], [2, 2, 3, 2], strides: [2, 2], autoPad: .sameLower),
    example("VALID", [1, 2, 5, 5], [2, 2, 3, 3], strides: [2, 2], autoPad: .valid),
    example("one axis", [2, 3, 9], [2, 3, 4], strides: [2], pads: [1, 2]),
    example("three axes", [1, 1, 3, 4, 3], [2, 1, 2, 2, 2]),
    example("batch axis", [3, 2, 4, 4], [2, 2, 3, 3], batch: 3),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("multiply-accumulates of dense and depthwise") func macs() {
    let window = SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])
    let output: Shape = [1, 16, 8, 8]
    #expect(
      Convolution(window: window).macs(inputs: [[1, 4, 8, 8], [16, 4, 3, 3]], outputs: [output]) == 16 * 64 * 36)
    #expect(
      Convolution(window: window, groups: 16).macs(inputs: [[1, 16, 8, 8], [16, 1, 3, 3]], outputs: [output])
        == 16 * 64 * 9)
  }

  @Test("weights that do not fit are refused") func mismatch() {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(3), .fixed(8), .fixed(8)]))
    let weights = InputFact(ValueType(.float32, [.fixed(4), .fixed(2), .fixed(3), .fixed(3)]))
    let op = Convolution(window: SpatialWindow(kernel: [3, 3]))
    #expect(throws: PareError.self) { try op.outputTypes(for: [x, weights]) }
  }

  @Test("a window larger than the input is refused") func smallInput() {
    #expect(throws: PareError.self) { try SpatialWindow(kernel: [5]).outputExtents(input: [3]) }
  }
}
