import Graphs
import Tensors
import TestSupport
import Testing

@Suite("TopK, ArgMax and ArgMin") struct RankingTests {
  static let cases = [
    GradientCase("TopK, last axis", TopK(count: 3), [SampleTensors.distinct([2, 5])]),
    GradientCase("TopK, smallest", TopK(count: 2, takesLargest: false), [SampleTensors.distinct([2, 5])]),
    GradientCase("TopK, inner axis", TopK(count: 2, axis: 1), [SampleTensors.distinct([2, 4, 3])]),
    GradientCase(
      "TopK, batch axis", TopK(count: 1), [SampleTensors.distinct([2, 4])], shapes: [0: [.batch, .fixed(4)]], batch: 2),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("equal elements come in order, NaN as the largest") func ties() throws {
    let x = Tensor([Float(2), 7, .nan, 7, 2])
    let outputs = try TopK(count: 4).evaluate([x], in: EvaluationContext(batch: 1))
    #expect(outputs[1] == Tensor([Int64(2), 1, 3, 0]))
    #expect(outputs[0].floats.dropFirst() == [7, 7, 2])
    let smallest = try TopK(count: 5, takesLargest: false).evaluate([x], in: EvaluationContext(batch: 1))
    #expect(smallest[1] == Tensor([Int64(0), 4, 1, 3, 2]))
  }

  @Test("more than there are, and axes that depend on the batch, are refused") func bounds() {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(4)]))
    #expect(throws: PareError.self) { try TopK(count: 5).outputTypes(for: [x]) }
    #expect(throws: PareError.self) { try TopK(count: 1, axis: 0).outputTypes(for: [x]) }
    let unknown = InputFact(ValueType(.int64, [.fixed(1)]))
    #expect(throws: PareError.self) {
      try TopK(record: NodeRecord(type: "TopK", name: "t", opset: 11, inputs: [x, unknown], outputCount: 2))
    }
  }

  @Test("NaN is no extreme, but for lack of any other") func places() throws {
    let x = Tensor([Float.nan, 3, 5, .nan, .nan, .nan], shape: [2, 3])
    let context = EvaluationContext(batch: 1)
    #expect(try ArgMax(axis: 1, keepDimensions: false).evaluate([x], in: context) == [Tensor([Int64(2), 0])])
    #expect(try ArgMin(axis: 1).evaluate([x], in: context) == [Tensor([Int64(1), 0], shape: [2, 1])])
  }
}
