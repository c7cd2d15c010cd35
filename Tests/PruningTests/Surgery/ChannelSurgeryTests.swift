import Graphs
import TestSupport
import Tensors
import Testing

@testable import Pruning

@Suite("Taking channels out")
struct ChannelSurgeryTests {
  @Test("removal gives what zeroed channels give: residual streams, depthwise and flattened features")
  func sameAsZeroed() throws {
    let graph = try SmallNetworks.residual()
    let groups = try SmallNetworks.groups(of: graph).groups
    #expect(groups.map { $0.order.count }.sorted() == [4, 4, 8])
    let x = SampleTensors.normal([2, 3, 6, 6])
    for removed in groups.map({ Array($0.order.prefix(2)) }) + [groups.flatMap { $0.order.prefix(2) }] {
      let smaller = try ChannelSurgery().removing(removed, from: graph)
      let wanted = try SmallNetworks.output(of: graph.zeroing(removed), for: x)
      #expect(try Tolerance.relative(SmallNetworks.output(of: smaller, for: x), wanted) < Tolerance.float32)
      #expect(try smaller.costs().macs < graph.costs().macs && smaller.costs().parameters < graph.costs().parameters)
    }
  }

  @Test("a channel that nothing reads leaves no trace")
  func unread() throws {
    var graph = try SmallNetworks.chain()
    let channel = try #require(SmallNetworks.groups(of: graph).groups.first?.order.first)
    let index = try #require(channel.members.first { $0.slot == Slot("b.weight", 1) }).index
    var weights = graph.parameters["b.weight"]!.tensor.floats
    for position in weights.indices where position / 9 % 4 == index { weights[position] = 0 }
    graph.parameters["b.weight"] = .dense(Tensor(weights, shape: [6, 4, 3, 3]))
    let means = MeanActivations(means: ["relu.out": [5, 5, 5, 5]])
    let smaller = try ChannelSurgery(means: means).removing([channel], from: graph)
    let x = SampleTensors.normal([2, 2, 6, 6])
    #expect(try SmallNetworks.output(of: graph, for: x) == SmallNetworks.output(of: smaller, for: x))
  }

  /// What stands behind the constant channels.
  enum Consumer: String, CaseIterable {
    case biased, unbiased, normalized, dense, scaledDense, product, addedProduct
  }

  /// Three channels, of which 0 and 2 have no weights and are constant behind the ReLU: 0.5 and 2.
  private func constantChannels(_ consumer: Consumer) throws -> (graph: Graph, removed: [CoupledSet]) {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 4)
    let x = builder.imageInput("x", channels: 2, height: 6, width: 6)
    let a = try builder.relu(builder.convolution(x, outputs: 3, kernel: 3, bias: true, initializer: he, name: "a"))
    func features() throws -> Value { try builder.flattened(builder.globalAveragePool(a)) }
    let weights = SampleTensors.normal([3, 4], seed: 6)
    let y =
      switch consumer {
      case .biased: try builder.convolution(a, outputs: 4, kernel: 3, bias: true, initializer: he, name: "b")
      case .unbiased: try builder.convolution(a, outputs: 4, kernel: 3, initializer: he, name: "b")
      case .normalized:
        try builder.batchNormalization(builder.convolution(a, outputs: 4, kernel: 3, initializer: he, name: "b"))
      case .dense: try builder.dense(builder.flattened(a), outputs: 4, initializer: he, name: "b")
      case .scaledDense:
        try builder.add(
          Gemm(alpha: 0.5, beta: 2), features(), builder.parameter("w", weights),
          builder.parameter("c", SampleTensors.normal([4])))
      case .product: try builder.matrixProduct(features(), builder.parameter("w", weights))
      case .addedProduct:
        try builder.sum(
          builder.matrixProduct(features(), builder.parameter("w", weights)),
          builder.parameter("c", SampleTensors.normal([4])))
      }
    try builder.output(y, as: "y")
    var graph = SmallNetworks.randomized(try builder.build())
    var filters = graph.parameters["a.weight"]!.tensor.floats
    for position in filters.indices where position / 18 != 1 { filters[position] = 0 }
    graph.parameters["a.weight"] = .dense(Tensor(filters, shape: [3, 2, 3, 3]))
    graph.parameters["a.bias"] = .dense(Tensor([Float(0.5), 0.1, 2]))
    let constant = try graph.channelCoupling().sets().filter { set in
      set.members.contains { $0.slot == Slot("a.weight", 0) && $0.index != 1 }
    }
    return (graph, constant)
  }

  @Test("constant channels go into the next bias: nothing changes away from the border", arguments: Consumer.allCases)
  func constants(_ consumer: Consumer) throws {
    let (graph, removed) = try constantChannels(consumer)
    #expect(removed.count == 2)
    var means: [String: [Double]] = [:]
    let x = SampleTensors.normal([3, 2, 6, 6], seed: 8)
    let values = try ReferenceEvaluation(of: graph, inputs: ["x": x], batch: 3).values
    for layer in try graph.weightedLayers() {
      let value = values[layer.node.inputs[0]]!
      let inner = value.shape.dimensions[(layer.axes.value + 1)...].reduce(1, *)
      means[layer.node.inputs[0]] = (0..<value.shape[layer.axes.value]).map { index in
        let of = value.doubles.enumerated().filter { $0.offset / inner % value.shape[layer.axes.value] == index }
        return of.reduce(0) { $0 + $1.element } / Double(of.count)
      }
    }
    let smaller = try ChannelSurgery(means: MeanActivations(means: means)).removing(removed, from: graph)
    #expect(smaller.parameters["a.weight"]!.shape == [1, 2, 3, 3])
    let (before, after) = (try SmallNetworks.output(of: graph, for: x), try SmallNetworks.output(of: smaller, for: x))
    #expect(before.shape == after.shape)
    for (index, (wanted, got)) in zip(before.doubles, after.doubles).enumerated() {
      let isBorder = before.shape.rank == 4 && ([0, 5].contains(index % 6) || [0, 5].contains(index / 6 % 6))
      if !isBorder { #expect(abs(wanted - got) < Tolerance.float32 * max(1, abs(wanted))) }
    }
    // The mean is kept where a bias or running mean could take it: no node is added but behind a bare product.
    #expect(smaller.nodes.count == graph.nodes.count + (consumer == .product ? 1 : 0))
  }
}
