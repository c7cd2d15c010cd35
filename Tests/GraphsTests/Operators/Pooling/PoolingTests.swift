import Graphs
import Tensors
import TestSupport
import Testing

private func window(
  _ kernel: [Int], _ strides: [Int], pads: [Int]? = nil, dilations: [Int]? = nil, ceilMode: Bool = false,
  autoPad: SpatialWindow.AutoPad = .explicit
) -> SpatialWindow {
  SpatialWindow(
    kernel: kernel, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad, ceilMode: ceilMode)
}

@Suite struct PoolingTests {
  static let windows: [(String, SpatialWindow)] = [
    ("2x2, stride 2", window([2, 2], [2, 2])),
    ("3x3, stride 2, padded", window([3, 3], [2, 2], pads: [1, 1, 1, 1])),
    ("overlapping, uneven pads", window([3, 2], [1, 2], pads: [2, 0, 0, 1])),
    ("rounded up", window([3, 3], [2, 2], pads: [0, 1, 1, 1], ceilMode: true)),
    ("dilated", window([2, 3], [1, 1], dilations: [3, 2])),
    ("SAME_LOWER", window([3, 2], [2, 2], autoPad: .sameLower)),
  ]
  static let cases =
    windows.flatMap { name, window in
      let x = SampleTensors.distinct([2, 2, 6, 5])
      return [
        GradientCase("MaxPool \(name)", MaxPool(window: window), [x]),
        GradientCase("AveragePool \(name)", AveragePool(window: window), [x]),
        GradientCase("AveragePool with padding \(name)", AveragePool(window: window, countsPadding: true), [x]),
        GradientCase(
          "AveragePool with batch axis \(name)", AveragePool(window: window), [x],
          shapes: [0: [.batch, .fixed(2), .fixed(6), .fixed(5)]], batch: 2),
      ]
    } + [
      GradientCase("GlobalAveragePool", GlobalAveragePool(), [SampleTensors.normal([2, 3, 3, 5])]),
      GradientCase("GlobalAveragePool, one axis", GlobalAveragePool(), [SampleTensors.normal([1, 3, 7])]),
      GradientCase("GlobalMaxPool", GlobalMaxPool(), [SampleTensors.distinct([2, 3, 3, 5])]),
      GradientCase(
        "GlobalMaxPool, batch axis", GlobalMaxPool(), [SampleTensors.distinct([2, 2, 3])],
        shapes: [0: [.batch, .fixed(2), .fixed(3)]], batch: 2),
      GradientCase(
        "MaxPool that says where", MaxPool(window: window([2, 2], [2, 1]), indices: .rowMajor),
        [SampleTensors.distinct([1, 2, 4, 3])]),
      GradientCase("MaxPool over one axis", MaxPool(window: window([3], [2])), [SampleTensors.distinct([1, 2, 9])]),
    ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("of equal elements the first gets the gradient") func ties() throws {
    let x = Tensor(repeating: Float(1), shape: [1, 1, 2, 2])
    let dy = Tensor(repeating: Float(3), shape: [1, 1, 1, 1])
    let op = MaxPoolGradient(window: window([2, 2], [2, 2]))
    #expect(try op.evaluate([dy, x, dy], in: EvaluationContext(batch: 1))[0].floats == [3, 0, 0, 0])
  }

  @Test("padding never wins a maximum") func padding() throws {
    let op = MaxPool(window: window([3, 3], [2, 2], pads: [1, 1, 1, 1]))
    let x = Tensor(repeating: Float(-5), shape: [1, 1, 3, 3])
    #expect(try op.evaluate([x], in: EvaluationContext(batch: 1))[0].floats.allSatisfy { $0 == -5 })
  }

  @Test("a second output says where in the whole input the maxima stand, by rows or by columns") func indices() throws {
    let x = Tensor([Float(1), 9, 2, 3, 0, 8, 7, 4, 5, 6, 1, 2], shape: [1, 2, 2, 3])
    let pool = window([2, 2], [1, 1])
    let rows = try MaxPool(window: pool, indices: .rowMajor).evaluate([x], in: EvaluationContext(batch: 1))
    #expect(rows[0].floats == [9, 9, 7, 5])
    #expect(rows[1] == Tensor([Int64(1), 1, 6, 8], shape: [1, 2, 1, 2]))
    let columns = try MaxPool(window: pool, indices: .columnMajor).evaluate([x], in: EvaluationContext(batch: 1))
    #expect(columns[1] == Tensor([Int64(2), 2, 6, 10], shape: [1, 2, 1, 2]))
  }

  @Test("dilations of an average are written for operator set 19") func dilatedAverage() {
    #expect(AveragePool(window: window([2, 2], [1, 1])).form().opsets.lowerBound == 1)
    #expect(AveragePool(window: window([2, 2], [1, 1], dilations: [2, 1])).form().opsets.lowerBound == 19)
  }

  @Test("a pad as large as the window is refused") func largePads() {
    let op = AveragePool(window: window([2, 2], [1, 1], pads: [2, 0, 0, 0]))
    let fact = InputFact(ValueType(.float32, [.batch, .fixed(1), .fixed(4), .fixed(4)]))
    #expect(throws: PareError.self) { try op.outputTypes(for: [fact]) }
  }
}
