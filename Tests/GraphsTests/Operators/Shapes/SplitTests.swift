import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Split, DepthToSpace and SpaceToDepth") struct SplitTests {
  @Test("a batch axis splits into equal parts of its multiple only") func batchAxis() throws {
    let x = InputFact(ValueType(.float32, [.batch(4), .fixed(3)]))
    #expect(try AxisSplit(parts: .equal(2)).outputTypes(for: [x])[1].shape == [.batch(2), .fixed(3)])
    #expect(throws: PareError.self) { try AxisSplit(parts: .equal(3)).outputTypes(for: [x]) }
    #expect(throws: PareError.self) { try AxisSplit(parts: .lengths([1, 3])).outputTypes(for: [x]) }
  }

  @Test("lengths that do not add up are refused, a shorter last part before operator set 18") func lengths() throws {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(7)]))
    func read(_ opset: Int, _ attributes: [String: AttributeValue]) throws -> [ValueType] {
      let record = NodeRecord(
        type: "Split", name: "s", opset: opset, attributes: attributes.merging(["axis": .int(1)]) { $1 }, inputs: [x],
        outputCount: 3)
      return try AxisSplit(record: record).outputTypes(for: [x])
    }
    #expect(try read(18, ["num_outputs": .int(3)]).map { $0.shape![1] } == [.fixed(3), .fixed(3), .fixed(1)])
    #expect(throws: PareError.self) { try read(13, [:]) }
    #expect(throws: PareError.self) { try read(11, ["split": .ints([3, 3, 3])]) }
    #expect(throws: PareError.self) { try read(11, ["split": .ints([3, 4])]) }
    #expect(throws: PareError.self) { try read(11, ["split": .ints([9, -1, -1])]) }
  }

  @Test("the first part of a known list is known") func symbolic() {
    let fact = InputFact(ValueType(.int64, [.fixed(4)]), symbolic: [.batch, .fixed(3), .fixed(5), .fixed(6)])
    #expect(AxisSplit(parts: .lengths([2, 2])).symbolicOutput(for: [fact]) == [.batch, .fixed(3)])
  }

  @Test("blocks of pixels become channels and come back", arguments: ["DCR", "CRD"]) func blocks(mode: String) throws {
    let order = DepthToSpace.Order(rawValue: mode)!
    let x = SampleTensors.normal([2, 3, 4, 6])
    let context = EvaluationContext(batch: 2)
    let deep = try SpaceToDepth(blockSize: 2, order: order).evaluate([x], in: context)
    #expect(deep[0].shape == [2, 12, 2, 3])
    #expect(try DepthToSpace(blockSize: 2, order: order).evaluate(deep, in: context) == [x])
    let odd = InputFact(ValueType(.float32, [.batch, .fixed(3), .fixed(5), .fixed(4)]))
    #expect(throws: PareError.self) { try SpaceToDepth(blockSize: 2).outputTypes(for: [odd]) }
    #expect(throws: PareError.self) { try DepthToSpace(blockSize: 2).outputTypes(for: [odd]) }
  }

  @Test("the order of a block's channels, and the operator set that can say it") func orders() throws {
    let x = Tensor((0..<8).map { Float($0) }, shape: [1, 2, 2, 2])
    let depthFirst = SpaceToDepth(blockSize: 2)
    let depthLast = SpaceToDepth(blockSize: 2, order: .columnRowDepth)
    let context = EvaluationContext(batch: 1)
    #expect(try depthFirst.evaluate([x], in: context)[0].floats == [0, 4, 1, 5, 2, 6, 3, 7])
    #expect(try depthLast.evaluate([x], in: context)[0].floats == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(depthFirst.form().opsets.lowerBound == 1)
    #expect(depthLast.form().opsets.lowerBound == 28)
    let record = NodeRecord(
      type: "SpaceToDepth", name: "s", opset: 28, attributes: depthLast.form().attributes,
      inputs: [InputFact(ValueType(.float32, ValueShape(x.shape)))])
    #expect(try SpaceToDepth(record: record).order == .columnRowDepth)
  }
}
