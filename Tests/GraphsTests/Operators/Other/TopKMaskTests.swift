import Graphs
import Tensors
import TestSupport
import Testing

@Suite struct TopKMaskTests {
  private func mask(_ x: Tensor, _ count: Int, axis: Int = -1) throws -> [Float] {
    try TopKMask(count: count, axis: axis).evaluate([x], in: EvaluationContext(batch: 1))[0].floats
  }

  @Test("equal elements count from the front, NaN as the largest") func order() throws {
    #expect(try mask(Tensor([Float(1), 2, 2, 2]), 2) == [0, 1, 1, 0])
    #expect(try mask(Tensor([Float(5), .nan, .infinity, -0.0, 0]), 2) == [0, 1, 1, 0, 0])
    #expect(try mask(Tensor([Float(-0.0), 0]), 1) == [1, 0])
  }

  @Test("every line selects its own, as many as there are", arguments: [0, 1, 2, 3, 5]) func lines(count: Int) throws {
    let x = SampleTensors.distinct([2, 3, 4])
    for (axis, extent) in [(0, 2), (1, 3), (2, 4)] {
      let sums = try ReduceSum(axes: [axis], keepDimensions: false).evaluate(
        [Tensor(mask(x, count, axis: axis), shape: x.shape)], in: EvaluationContext(batch: 1))[0]
      #expect(sums.floats.allSatisfy { $0 == Float(min(count, extent)) })
    }
  }
}
