import Graphs
import Tensors
import Testing

@Suite struct SoftmaxTests {
  @Test("large scores do not overflow") func large() throws {
    let y = try Softmax().evaluate([Tensor([Float(1000), 1000])], in: EvaluationContext(batch: 1))[0]
    #expect(y.floats == [0.5, 0.5])
  }

  @Test("before opset 13 several axes joined are refused, a single long one is read") func joinedAxes() throws {
    func record(_ shape: ValueShape, axis: Int) -> NodeRecord {
      NodeRecord(
        type: "Softmax", name: "softmax", opset: 11, attributes: ["axis": .int(axis)],
        inputs: [InputFact(ValueType(.float32, shape))])
    }
    #expect(throws: PareError.self) { try Softmax(record: record([.batch, .fixed(3), .fixed(4)], axis: 1)) }
    #expect(try Softmax(record: record([.batch, .fixed(10), .fixed(1), .fixed(1)], axis: 1)).axis == 1)
    #expect(try Softmax(record: record([.batch, .fixed(1), .fixed(4)], axis: 1)).axis == 2)
  }

  @Test("classes cannot be removed in front of a softmax") func coupling() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(3)])
    let hidden = try builder.dense(x, outputs: 4, initializer: HeInitializer(), name: "a")
    let y = try builder.dense(builder.softmax(hidden), outputs: 2, initializer: HeInitializer(), name: "b")
    try builder.output(y, as: "y")
    #expect(try builder.build().removableChannelGroups().groups.isEmpty)
  }
}
