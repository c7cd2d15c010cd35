import Engine
import Graphs
import Tensors
import Testing

@testable import Measurement

@Suite struct LayerTimesTests {
  @Test("layers that multiply take time, others none; a layer is measured once for its shapes")
  func times() throws {
    let times = LayerTimes(engine: Engine(threads: 1))
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 2)
    let x = builder.imageInput(channels: 3, height: 16, width: 16)
    let a = try builder.relu(builder.convolution(x, outputs: 16, kernel: 3, bias: true, initializer: he, name: "a"))
    let b = try builder.relu(builder.convolution(a, outputs: 16, kernel: 3, groups: 16, initializer: he, name: "b"))
    let pooled = try builder.flattened(builder.globalAveragePool(b))
    try builder.output(builder.dense(pooled, outputs: 10, initializer: he, name: "fc"), as: "y")
    let graph = try builder.build()
    let total = try times.total(of: graph)
    #expect(total > 0)
    #expect(try times.total(of: graph) == total, "known layers are not measured again")
    let shapes = try graph.shapes(batch: 1)
    let each = graph.nodes.map { node in
      times.nanoseconds(
        of: node.op, inputs: node.inputs.prefix(2).compactMap { shapes[$0] },
        weighs: node.inputs.count > 1 && graph.parameters[node.inputs[1]] != nil,
        outputs: node.outputs.compactMap { shapes[$0] })
    }
    #expect(each.reduce(0, +) == total)
    for (node, time) in zip(graph.nodes, each) { #expect((time > 0) == (node.op is Convolution || node.op is Gemm)) }
  }
}
