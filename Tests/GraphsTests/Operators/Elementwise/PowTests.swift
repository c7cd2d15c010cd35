import Graphs
import Tensors
import TestSupport
import Testing

@Suite struct PowTests {
  static let cases = [
    GradientCase("both", Pow(), [SampleTensors.positive([2, 3]), SampleTensors.normal([2, 3])]),
    GradientCase("a repeated exponent", Pow(), [SampleTensors.positive([2, 3]), SampleTensors.normal([3])]),
    GradientCase("a repeated base", Pow(), [SampleTensors.positive([1, 3]), SampleTensors.normal([2, 1])]),
    GradientCase(
      "negative bases, integers as exponents", Pow(), [SampleTensors.normal([2, 3]), Tensor([Int64(0), 2, 3])],
      wanted: [0]),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("the gradient at 0 is finite") func zero() throws {
    let zeros = Tensor([Float(0), 0])
    let exponents = Tensor([Float(0), 2])
    let context = EvaluationContext(batch: 1)
    #expect(try PowSlope(by: .base).evaluate([zeros, exponents], in: context)[0].floats == [0, 0])
    #expect(try PowSlope(by: .exponent).evaluate([zeros, exponents], in: context)[0].floats == [0, 0])
  }
}
