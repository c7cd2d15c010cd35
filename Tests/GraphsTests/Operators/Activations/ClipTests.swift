import Graphs
import Tensors
import Testing

@Suite struct ClipTests {
  private let context = EvaluationContext(batch: 1)

  @Test("the gradient passes on the limits themselves") func limits() throws {
    let gradient = ClipGradient(minimum: 0, maximum: 6)
    let ones = Tensor([Float](repeating: 1, count: 4))
    let dx = try gradient.evaluate([ones, Tensor([Float(-0.1), 0, 6, 6.1])], in: context)[0]
    #expect(dx.floats == [0, 1, 1, 0])
  }

  @Test("NaN stays NaN, and the upper limit wins over a lower one above it") func edges() throws {
    #expect(try Clip(minimum: 0, maximum: 6).evaluate([Tensor([Float.nan])], in: context)[0].floats[0].isNaN)
    #expect(try Clip(minimum: 2, maximum: 1).evaluate([Tensor([Float(0), 5])], in: context)[0].floats == [1, 1])
  }

  @Test("limits that are only known at run time are refused") func dynamicLimits() {
    let scalar = InputFact(ValueType(.float32, []))
    let record = NodeRecord(type: "Clip", name: "clip", opset: 13, inputs: [scalar, scalar])
    #expect(throws: PareError.self) { try Clip(record: record) }
  }
}
