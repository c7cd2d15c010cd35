import Graphs
import Tensors
import TestSupport
import Testing

@Suite struct DropoutTests {
  private let x = SampleTensors.positive([40, 50])

  private func trained(_ ratio: Float, key: String = "drop", seed: UInt64 = 3) throws -> [Tensor] {
    try DropoutTraining(ratio: ratio, key: key).evaluate([x], in: EvaluationContext(batch: 1, seed: seed))
  }

  @Test("inference passes its input on") func inference() throws {
    #expect(try Dropout(ratio: 0.5).evaluate([x], in: EvaluationContext(batch: 1)) == [x])
  }

  @Test("training drops the share asked for and scales the rest", arguments: [Float(0), 0.25, 0.5, 0.9, 1])
  func share(ratio: Float) throws {
    let outputs = try trained(ratio)
    let dropped = outputs[1].doubles.filter { $0 == 0 }.count
    // 2,000 independent draws: four standard deviations are 4 * sqrt(2000 / 4) = 90 at most.
    #expect(abs(Double(dropped) - Double(ratio) * 2000) <= 90)
    for (y, (x, mask)) in zip(outputs[0].floats, zip(x.floats, outputs[1].floats)) { #expect(y == x * mask) }
    #expect(Set(outputs[1].floats).isSubset(of: [0, ratio < 1 ? 1 / (1 - ratio) : 0]))
  }

  @Test("the same seed and node give the same mask, others do not") func seeds() throws {
    #expect(try trained(0.5) == trained(0.5))
    #expect(try trained(0.5) != trained(0.5, seed: 4))
    #expect(try trained(0.5) != trained(0.5, key: "other"))
  }

  @Test func gradient() throws {
    let small = SampleTensors.normal([3, 4])
    #expect(try GradientCase("training", Dropout(ratio: 0.4), [small], training: true).mismatches() == [])
    #expect(try GradientCase("inference", Dropout(ratio: 0.4), [small]).mismatches() == [])
  }

  @Test("a training graph is refused") func trainingMode() {
    func fact(_ tensor: Tensor) -> InputFact {
      InputFact(ValueType(tensor.dataType, ValueShape(tensor.shape)), constant: tensor)
    }
    let record = NodeRecord(
      type: "Dropout", name: "drop", opset: 13,
      inputs: [fact(x), fact(Tensor(scalar: Float(0.5))), fact(Tensor(scalar: true))])
    #expect(throws: PareError.self) { try Dropout(record: record) }
  }
}
