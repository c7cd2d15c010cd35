import Graphs
import Tensors
import TestSupport
import Testing

private func inputs(_ shape: Shape, _ parameters: Shape) -> [Tensor?] {
  [
    SampleTensors.normal(shape, seed: 1), SampleTensors.normal(parameters, seed: 2),
    SampleTensors.normal(parameters, seed: 3),
  ]
}

@Suite("Layer, group and instance normalisation") struct RowNormalizationTests {
  static let cases = [
    GradientCase("layer, last axis", LayerNormalization(), inputs([2, 3, 5], [5])),
    GradientCase("layer, two axes", LayerNormalization(axis: 1, epsilon: 0.01), inputs([2, 3, 4], [3, 4])),
    GradientCase("layer, no shift", LayerNormalization(), Array(inputs([3, 4], [4]).prefix(2))),
    GradientCase("layer, scale with an axis of 1", LayerNormalization(), inputs([3, 4], [1, 4])),
    GradientCase(
      "layer, batch axis", LayerNormalization(outputCount: 3), inputs([3, 4], [4]), shapes: [0: [.batch, .fixed(4)]],
      batch: 3),
    GradientCase("instance", InstanceNormalization(), inputs([2, 3, 2, 3], [3])),
    GradientCase("instance, one axis", InstanceNormalization(epsilon: 0.01), inputs([1, 2, 5], [2])),
    GradientCase("groups", GroupNormalization(groups: 2), inputs([2, 4, 3], [4])),
    GradientCase("groups, one of all", GroupNormalization(groups: 1), inputs([2, 3, 2, 2], [3])),
    GradientCase("groups, a scale each", GroupNormalization(groups: 2, scalesGroups: true), inputs([2, 6, 3], [2])),
    GradientCase(
      "groups, batch axis", GroupNormalization(groups: 2), inputs([2, 4, 3], [4]),
      shapes: [0: [.batch, .fixed(4), .fixed(3)]], batch: 2),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("rows of mean 0 and variance 1, with the statistics beside them") func statistics() throws {
    let x = Tensor([Float(1), 2, 3, 6, 5, 5, 5, 5], shape: [2, 4])
    let (one, zero) = (Tensor(repeating: Float(1), shape: [4]), Tensor(zeros: [4]))
    let op = LayerNormalization(epsilon: 0.5, outputCount: 3)
    let outputs = try op.evaluate([x, one, zero], in: EvaluationContext(batch: 2))
    // Mean 3, variance 3.5; the second row is constant.
    #expect(outputs[1] == Tensor([Float(3), 5], shape: [2, 1]))
    #expect(outputs[2].floats == [0.5, Float(1 / 0.5.squareRoot())])
    #expect(outputs[0].floats == [-1, -0.5, 0, 1.5, 0, 0, 0, 0])
  }

  @Test("statistics have no gradient") func statisticsGradient() {
    let check = GradientCheck(
      LayerNormalization(outputCount: 3), inputs([2, 3], [3]), wanted: [0], outputs: [0, 1])
    #expect(throws: PareError.self) { try check.mismatches() }
  }

  @Test("scales that do not fit are refused") func mismatches() {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(4), .fixed(3)]))
    func vector(_ count: Int) -> InputFact { InputFact(ValueType(.float32, [.fixed(count)])) }
    #expect(throws: PareError.self) { try LayerNormalization().outputTypes(for: [x, vector(4)]) }
    #expect(throws: PareError.self) { try InstanceNormalization().outputTypes(for: [x, vector(3), vector(3)]) }
    #expect(throws: PareError.self) { try GroupNormalization(groups: 3).outputTypes(for: [x, vector(4), vector(4)]) }
    #expect(throws: PareError.self) { try GroupNormalization(groups: 2).outputTypes(for: [x, vector(2), vector(2)]) }
  }

  @Test("a scale per group belongs to operator sets 18 to 20") func opsets() {
    #expect(GroupNormalization(groups: 2, scalesGroups: true).form().opsets == 18...20)
    #expect(GroupNormalization(groups: 2).form().opsets.lowerBound == 21)
  }
}
