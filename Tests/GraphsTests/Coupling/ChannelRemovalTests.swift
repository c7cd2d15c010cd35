import Graphs
import Tensors
import TestSupport
import Testing

/// What stands between two convolutions, and must pass channels on.
struct Passage: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var add: @Sendable (GraphBuilder, Value) throws -> Value

  init(_ name: String, _ add: @escaping @Sendable (GraphBuilder, Value) throws -> Value) {
    testDescription = name
    self.add = add
  }
}

@Suite("Channels pass through operators and can be removed") struct ChannelRemovalTests {
  static let passages = [
    Passage("nothing") { $1 },
    Passage("Relu") { try $0.relu($1) },
    Passage("Clip") { try $0.relu6($1) },
    Passage("Sigmoid") { try $0.sigmoid($1) },
    Passage("Tanh") { try $0.tanh($1) },
    Passage("HardSigmoid") { try $0.hardSigmoid($1) },
    Passage("HardSwish") { try $0.hardSwish($1) },
    Passage("Exp") { try $0.exponential($1) },
    Passage("Neg") { try $0.negated($1) },
    Passage("Abs") { try $0.magnitude($1) },
    Passage("LeakyRelu") { try $0.leakyRelu($1) },
    Passage("PRelu") { try $0.parametricRelu($1) },
    Passage("Gelu") { try $0.gelu($1) },
    Passage("Sum, Min and Max") { try $0.sum([$1, $0.minimum([$1, $0.scalar(1)]), $0.maximum([$1, $0.relu($1)])]) },
    Passage("Where") { try $0.selection(where: $0.isGreater($1, $0.scalar(0)), $1, otherwise: $0.sign($1)) },
    Passage("a binary sign") { try $0.binarySign($1) },
    Passage("Expand along positions") {
      try $0.expanded($0.globalAveragePool($1), to: [.batch, .fixed(4), .fixed(2), .fixed(2)])
    },
    Passage("Mul by a number that is repeated over channels") {
      let number = $0.parameter("number", Tensor(repeating: Float(2), shape: [1, 1, 1]))
      return try $0.product($1, $0.expanded(number, to: [.fixed(4), .fixed(1), .fixed(1)]))
    },
    Passage("Dropout") { try $0.dropout($1) },
    Passage("StochasticDepth") { try $0.stochasticDepth($1, ratio: 0.5) },
    Passage("BatchNormalization") { try $0.batchNormalization($1) },
    Passage("MaxPool") { try $0.maxPool($1, kernel: 2) },
    Passage("AveragePool") { try $0.averagePool($1, kernel: 3, stride: 2, padding: 1) },
    Passage("GlobalAveragePool") { try $0.globalAveragePool($1) },
    Passage("GlobalMaxPool") { try $0.globalMaxPool($1) },
    Passage("InstanceNormalization") { try $0.instanceNormalization($1) },
    Passage("GroupNormalization, one channel a group") { try $0.groupNormalization($1, groups: 4) },
    Passage("Resize") { try $0.upsampled($1, by: 2, mode: .linear) },
    Passage("LayerNormalization of rows") { try $0.layerNormalization($1) },
    Passage("ReduceMax") { try $0.add(ReduceMax(axes: [2, 3], keepDimensions: true), $1) },
    Passage("depthwise transposed convolution") {
      try $0.transposedConvolution(
        $1, outputs: 4, kernel: 4, stride: 2, padding: 1, groups: 4, bias: true, initializer: HeInitializer(seed: 3))
    },
    Passage("ReduceMean") { try $0.mean($1, axes: [2, 3], keepDimensions: true) },
    Passage("Softmax over rows") { try $0.softmax($1) },
    Passage("Add of itself") { try $0.sum($1, $0.relu($1)) },
    Passage("Mul by a gate") { try $0.product($1, $0.hardSigmoid($0.globalAveragePool($1))) },
    Passage("depthwise convolution") {
      try $0.convolution($1, outputs: 4, kernel: 3, groups: 4, initializer: HeInitializer(seed: 3), name: "depthwise")
    },
  ]

  /// x -> convolution a (4 channels) -> passage -> convolution b, which ignores channel 1.
  private func network(_ passage: Passage) throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.imageInput("x", channels: 2, height: 6, width: 6)
    let a = try builder.convolution(
      x, outputs: 4, kernel: 3, bias: true, initializer: HeInitializer(seed: 1), name: "a")
    let middle = try passage.add(builder, a)
    let y = try builder.convolution(middle, outputs: 3, kernel: 1, initializer: HeInitializer(seed: 2), name: "b")
    try builder.output(y, as: "y")
    var graph = try builder.build()
    var weights = graph.parameters["b.weight"]!.tensor.floats
    for output in 0..<3 { weights[output * 4 + 1] = 0 }
    graph.parameters["b.weight"] = .dense(Tensor(weights, shape: [3, 4, 1, 1]))
    return graph
  }

  @Test("the channels between form one group, and an unused one leaves no trace", arguments: passages)
  func removal(_ passage: Passage) throws {
    let graph = try network(passage)
    let groups = try graph.removableChannelGroups().groups
    #expect(groups.map(\.name) == ["a.weight"])
    let group = try #require(groups.first)
    #expect(group.channels.count == 4)
    #expect(group.slots.isSuperset(of: [Slot("a.weight", 0), Slot("a.bias", 0), Slot("b.weight", 1)]))
    let idle = try #require(
      group.channels.first { set in set.members.contains { $0.slot == Slot("b.weight", 1) && $0.index == 1 } })
    let smaller = try graph.removing([idle])
    #expect(smaller.parameters["a.weight"]?.shape == [3, 2, 3, 3])
    #expect(smaller.parameters["b.weight"]?.shape == [3, 3, 1, 1])
    let x = SampleTensors.normal([2, 2, 6, 6], seed: 9)
    let before = try ReferenceEvaluation(of: graph, inputs: ["x": x], batch: 2).values["y"]
    let after = try ReferenceEvaluation(of: smaller, inputs: ["x": x], batch: 2).values["y"]
    #expect(before == after)
  }

  @Test("inputs and outputs of the network keep their channels") func ports() throws {
    let graph = try network(Self.passages[0])
    let coupling = try graph.channelCoupling()
    for set in coupling.sets() where set.members.contains(where: { $0.slot == Slot("b.weight", 0) }) {
      #expect(set.blocked == "y is an output of the network")
      #expect(throws: PareError.self) { try graph.removing([set]) }
    }
  }
}
