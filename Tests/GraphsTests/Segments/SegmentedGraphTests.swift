import Tensors
import Testing

@testable import Graphs

@Suite struct SegmentedGraphTests {
  /// x -> a -> b -> y, with a side branch a -> e.
  private func chain() throws -> Graph {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(3)])
    let a = try b.relu(x)
    let middle = try b.add(Gemm(), [a, b.parameter("w", Tensor(repeating: Float(1), shape: [3, 3]))])[0]
    try b.output(b.add(Neg(), a), as: "e")
    try b.output(b.sum(b.relu(middle), a), as: "y")
    return try b.build()
  }

  @Test func segmentsHandOnWhatOthersRead() throws {
    let graph = try chain()
    let cut = try SegmentedGraph(graph, cutAfter: [["e"], ["y"]])
    let (first, second) = (cut.segments[0].graph, cut.segments[1].graph)
    let shared = graph.nodes[0].outputs[0]
    #expect(first.inputs.map(\.name) == ["x"] && Set(first.outputs.map(\.name)) == ["e", shared])
    #expect(second.inputs.map(\.name) == [shared] && second.outputs.map(\.name) == ["y"])
    #expect(first.nodes.count + second.nodes.count == graph.nodes.count)
    #expect(first.parameters.isEmpty && Array(second.parameters.keys) == ["w"])
    #expect(cut.segments.map(\.ends) == [["e"], ["y"]])
    #expect(cut.outputs == graph.outputs && cut.inputs == graph.inputs)
  }

  /// Evaluated one behind the other, segments give what the whole gives.
  @Test func segmentsTogetherAreTheNetwork() throws {
    let graph = try chain()
    var values = ["x": Tensor([1, -2, 3, 0.5, 0, -1] as [Float], shape: [2, 3])]
    let whole = try ReferenceEvaluation(of: graph, inputs: values, batch: 2).values
    for segment in try SegmentedGraph(graph, cutAfter: [["e"], ["y"]]).segments {
      let inputs = Dictionary(uniqueKeysWithValues: segment.graph.inputs.map { ($0.name, values[$0.name]!) })
      values.merge(try ReferenceEvaluation(of: segment.graph, inputs: inputs, batch: 2).values) { $1 }
    }
    for name in ["e", "y"] { #expect(values[name] == whole[name]) }
  }

  @Test(arguments: [[["nowhere"]], [["e"], ["e"], ["y"]], [["e"]]])
  func cutsThatMakeNoSenseAreRefused(ends: [[String]]) throws {
    let graph = try chain()
    let error = #expect(throws: PareError.self) { try SegmentedGraph(graph, cutAfter: ends) }
    #expect(error?.code == .usage)
  }
}
