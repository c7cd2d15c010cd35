import Graphs
import Tensors
import TestSupport
import Testing

private func normal(_ shape: Shape, _ seed: UInt64) -> Tensor { SampleTensors.normal(shape, seed: seed) }

private func example(
  _ name: String, _ x: Shape, _ weights: Shape, groups: Int = 1, strides: [Int]? = nil, dilations: [Int]? = nil,
  pads: [Int]? = nil, autoPad: SpatialWindow.AutoPad = .explicit, outputPadding: [Int]? = nil,
  outputExtents: [Int]? = nil, bias: Bool = true, batch: Int? = nil
) -> GradientCase {
  let window = SpatialWindow(
    kernel: Array(weights.dimensions[2...]), strides: strides, dilations: dilations, pads: pads, autoPad: autoPad)
  let shape = ValueShape([.batch] + x.dimensions.dropFirst().map { .fixed($0) })
  return GradientCase(
    name,
    TransposedConvolution(window: window, groups: groups, outputPadding: outputPadding, outputExtents: outputExtents),
    [normal(x, 1), normal(weights, 2)] + (bias ? [normal([weights[1] * groups], 3)] : []),
    shapes: batch == nil ? [:] : [0: shape], batch: batch ?? 1)
}

@Suite struct TransposedConvolutionTests {
  static let cases = [
    example("3x3, odd channels", [1, 3, 3, 4], [3, 2, 3, 3]),
    example("stride 2, padded", [2, 2, 3, 3], [2, 3, 4, 4], strides: [2, 2], pads: [1, 1, 1, 1], bias: false),
    example("uneven pads", [1, 2, 3, 3], [2, 2, 3, 2], pads: [0, 1, 2, 0]),
    example("output padding", [1, 2, 3, 2], [2, 2, 3, 3], strides: [2, 3], outputPadding: [1, 2]),
    example("output padding of a whole step", [1, 1, 3, 3], [1, 2, 2, 2], dilations: [2, 2], outputPadding: [1, 1]),
    example("a smaller output than natural", [1, 2, 3, 3], [2, 1, 3, 3], strides: [2, 2], outputExtents: [6, 5]),
    example("a larger output than natural", [1, 2, 3, 3], [2, 1, 3, 3], strides: [3, 2], outputExtents: [10, 8]),
    example("dilated", [1, 2, 3, 3], [2, 2, 2, 3], dilations: [3, 2]),
    example("two groups", [1, 4, 3, 3], [4, 3, 2, 2], groups: 2),
    example("depthwise", [2, 3, 3, 3], [3, 1, 3, 3], groups: 3, strides: [2, 1], pads: [1, 1, 1, 1]),
    example("SAME_UPPER", [1, 2, 3, 3], [2, 2, 3, 2], strides: [2, 2], autoPad: .sameUpper),
    example("SAME_LOWER", [1, 2, 3, 3], [2, 2, 3, 2], strides: [2, 2], autoPad: .sameLower),
    example("one axis", [2, 3, 5], [3, 2, 4], strides: [2], pads: [1, 2]),
    example("three axes", [1, 1, 2, 3, 2], [1, 2, 2, 2, 2], strides: [1, 2, 1]),
    example("batch axis", [3, 2, 2, 3], [2, 2, 3, 3], strides: [2, 2], batch: 3),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("one input element gives the kernel, stepped by the stride") func kernel() throws {
    let op = TransposedConvolution(window: SpatialWindow(kernel: [2], strides: [3]), outputPadding: [1])
    let x = Tensor([Float(1), 10], shape: [1, 1, 2])
    let w = Tensor([Float(3), 4], shape: [1, 1, 2])
    #expect(try op.evaluate([x, w], in: EvaluationContext(batch: 1))[0].floats == [3, 4, 0, 30, 40, 0])
  }

  @Test("every input meets every weight of its group once") func macs() {
    let op = TransposedConvolution(window: SpatialWindow(kernel: [3, 3], strides: [2, 2]), groups: 2)
    #expect(op.macs(inputs: [[1, 4, 5, 6], [4, 3, 3, 3]], outputs: [[1, 6, 11, 13]]) == 4 * 5 * 6 * 3 * 9)
  }

  @Test("what does not fit is refused") func mismatches() throws {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(3), .fixed(4), .fixed(4)]))
    let weights = InputFact(ValueType(.float32, [.fixed(2), .fixed(3), .fixed(3), .fixed(3)]))
    let op = TransposedConvolution(window: SpatialWindow(kernel: [3, 3]))
    #expect(throws: PareError.self) { try op.outputTypes(for: [x, weights]) }
    let cut = TransposedConvolution(window: SpatialWindow(kernel: [1], pads: [2, 2]))
    #expect(throws: PareError.self) { try cut.convolution(forInput: [4]) }
    let record = NodeRecord(
      type: "ConvTranspose", name: "d", opset: 11, attributes: ["output_padding": .ints([1])], inputs: [x, weights])
    #expect(throws: PareError.self) { try TransposedConvolution(record: record) }
  }

  @Test("an output shape may name batch and channels too") func longOutputShape() throws {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(2), .fixed(3), .fixed(3)]))
    let weights = InputFact(ValueType(.float32, [.fixed(2), .fixed(1), .fixed(3), .fixed(3)]))
    let record = NodeRecord(
      type: "ConvTranspose", name: "d", opset: 11,
      attributes: ["output_shape": .ints([1, 1, 8, 7]), "strides": .ints([2, 2])], inputs: [x, weights])
    let op = try TransposedConvolution(record: record)
    #expect(try op.outputTypes(for: [x, weights])[0].shape == [.batch, .fixed(1), .fixed(8), .fixed(7)])
    #expect(op.form().attributes["output_shape"] == .ints([8, 7]))
  }
}
