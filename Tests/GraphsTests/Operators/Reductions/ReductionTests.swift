import Graphs
import Tensors
import TestSupport
import Testing

@Suite("ReduceSum and ReduceMean") struct ReductionTests {
  static let cases = [([1], true), ([0, 2], false), ([-1], false), ([], true), ([], false), ([2, 1], false)].flatMap {
    (axes: [Int], keep: Bool) in
    let x = SampleTensors.normal([2, 3, 4])
    return [
      GradientCase("sum over \(axes), keep \(keep)", ReduceSum(axes: axes, keepDimensions: keep), [x]),
      GradientCase("mean over \(axes), keep \(keep)", ReduceMean(axes: axes, keepDimensions: keep), [x]),
      GradientCase(
        "mean over \(axes), keep \(keep), batch axis", ReduceMean(axes: axes, keepDimensions: keep), [x],
        shapes: [0: [.batch, .fixed(3), .fixed(4)]], batch: 2),
    ]
  }

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("no axes can mean all or nothing") func noAxes() throws {
    let x = Tensor([Float(1), 3])
    var op = ReduceMean(axes: [], keepDimensions: false)
    #expect(try op.evaluate([x], in: EvaluationContext(batch: 1))[0].floats == [2])
    op.reduction.isNothingForNone = true
    #expect(try op.evaluate([x], in: EvaluationContext(batch: 1))[0].floats == [1, 3])
    #expect(op.form().type == "Identity")
  }
}
