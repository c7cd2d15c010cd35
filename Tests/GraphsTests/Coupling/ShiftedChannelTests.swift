@testable import Graphs
import TestSupport
import Tensors
import Testing

@Suite("Removal of channels whose indices shift")
struct ShiftedChannelTests {
  /// Sums of a few hundred float32 products in another order.
  static let tolerance = 1e-5

  /// The set that holds an output channel of a layer's weights.
  private func channel(_ index: Int, of weights: String, in graph: Graph) throws -> CoupledSet {
    let member = CoupledSet.Member(slot: Slot(weights, 0), index: index)
    return try #require(graph.channelCoupling().sets().first { $0.members.contains(member) })
  }

  /// The graph with every parameter random, statistics positive.
  private func randomized(_ graph: Graph) -> Graph {
    var result = graph
    for (number, name) in graph.parameters.keys.enumerated() {
      let parameter = graph.parameters[name]!
      guard parameter.dataType == .float32, parameter.shape.rank > 0 else { continue }
      let values = SampleTensors.positive(parameter.shape, seed: UInt64(number))
      let isWeight = parameter.shape.rank > 1
      result.parameters[name] = .dense(isWeight ? values.mapped { $0 - 1.2 } : values)
    }
    return result
  }

  /// Removing channels gives what the original gives with the channels' parameters set to 0.
  private func expectSameAsZeroed(_ graph: Graph, _ removed: [CoupledSet], input: Tensor) throws -> Graph {
    let zeroed = graph.zeroing(removed)
    let small = try graph.removing(removed)
    let feeds = [graph.inputs[0].name: input]
    let output = graph.outputs[0].name
    let wanted = try ReferenceEvaluation(of: zeroed, inputs: feeds, batch: input.shape[0]).values[output]!.doubles
    let got = try ReferenceEvaluation(of: small, inputs: feeds, batch: input.shape[0]).values[output]!.doubles
    #expect(wanted.count == got.count)
    #expect(wanted.contains { $0 != 0 })
    for (a, b) in zip(wanted, got) { #expect(abs(a - b) <= Self.tolerance * max(1, abs(a))) }
    return small
  }

  /// A residual block whose shortcut takes every second pixel and pads two channels on either side.
  private func residualBlock() throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 3, height: 6, width: 6)
    let stem = try builder.relu(builder.convolution(input, outputs: 4, kernel: 3, initializer: he, name: "stem"))
    var x = try builder.convolution(stem, outputs: 8, kernel: 3, stride: 2, initializer: he, name: "first")
    x = try builder.relu(builder.batchNormalization(x, name: "first_bn"))
    x = try builder.convolution(x, outputs: 8, kernel: 3, initializer: he, name: "second")
    x = try builder.batchNormalization(x, name: "second_bn")
    let rows = try builder.slice(stem, axis: 2, step: 2)
    let shortcut = try builder.padded(builder.slice(rows, axis: 3, step: 2), axis: 1, before: 2, after: 2)
    x = try builder.relu(builder.sum(x, shortcut))
    try builder.output(builder.dense(builder.flattened(x), outputs: 5, initializer: he, name: "head"), as: "logits")
    return randomized(try builder.build())
  }

  @Test("a padded, strided shortcut shifts indices")
  func residual() throws {
    let graph = try residualBlock()
    let stemChannel = try channel(1, of: "stem.weight", in: graph)
    #expect(stemChannel.blocked == nil)
    let members = Set(stemChannel.members)
    #expect(members.contains(.init(slot: Slot("second.weight", 0), index: 3)))
    #expect(members.contains(.init(slot: Slot("first.weight", 1), index: 1)))
    // Nine positions of channel 3 in the dense layer's inputs.
    let columns = members.filter { $0.slot == Slot("head.weight", 1) }.map(\.index).sorted()
    #expect(columns == Array(27..<36))
    let front = try channel(0, of: "second.weight", in: graph)
    #expect(!front.members.contains { $0.slot.value == "stem.weight" })
    let removed = [
      stemChannel, front, try channel(7, of: "second.weight", in: graph), try channel(5, of: "first.weight", in: graph),
    ]
    let small = try expectSameAsZeroed(graph, removed, input: SampleTensors.normal([2, 3, 6, 6]))
    #expect(small.parameters["second.weight"]!.shape == [5, 7, 3, 3])
    #expect(small.parameters["head.weight"]!.shape == [5, 45])
    let pad = try #require(small.nodes.lazy.compactMap { $0.op as? Pad }.first)
    #expect(pad.before == [0, 1, 0, 0] && pad.after == [0, 1, 0, 0])
  }

  @Test("the groups of the residual block: the stem with its shortcut, the padded channels, the inner channels")
  func groups() throws {
    let groups = try residualBlock().removableChannelGroups().groups
    #expect(groups.map { $0.channels.count }.sorted() == [4, 4, 8])
  }

  @Test("depthwise, concatenated and sliced channels")
  func concatenation() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 2, height: 4, width: 4)
    let left = try builder.convolution(input, outputs: 3, kernel: 3, bias: true, initializer: he, name: "left")
    let right = try builder.convolution(input, outputs: 4, kernel: 3, bias: true, initializer: he, name: "right")
    let deep = try builder.convolution(right, outputs: 4, kernel: 3, groups: 4, initializer: he, name: "deep")
    let both = try builder.concatenation([left, deep])
    let part = try builder.slice(both, axis: 1, from: 1, to: 6)
    let y = try builder.convolution(part, outputs: 2, kernel: 1, initializer: he, name: "last")
    try builder.output(y, as: "y")
    let graph = randomized(try builder.build())
    let removed = [try channel(2, of: "left.weight", in: graph), try channel(0, of: "right.weight", in: graph)]
    #expect(Set(removed[1].members).contains(.init(slot: Slot("deep.weight", 0), index: 0)))
    #expect(Set(removed[1].members).contains(.init(slot: Slot("last.weight", 1), index: 2)))
    let small = try expectSameAsZeroed(graph, removed, input: SampleTensors.normal([1, 2, 4, 4]))
    #expect(small.parameters["deep.weight"]!.shape == [3, 1, 3, 3])
    #expect(small.parameters["last.weight"]!.shape == [2, 3, 1, 1])
    let slice = try #require(small.nodes.lazy.compactMap { $0.op as? Slice }.first)
    #expect(slice.starts == [1] && slice.ends == [4])
  }

  @Test("a slice backwards, moved to the front of an axis")
  func backwards() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 2, height: 2, width: 2)
    let x = try builder.convolution(input, outputs: 4, kernel: 1, bias: true, initializer: he, name: "first")
    let reversed = try builder.slice(x, axis: 1, from: -1, to: .min, step: -1)
    try builder.output(builder.convolution(reversed, outputs: 2, kernel: 1, initializer: he, name: "last"), as: "y")
    let graph = randomized(try builder.build())
    let removed = [try channel(0, of: "first.weight", in: graph)]
    _ = try expectSameAsZeroed(graph, removed, input: SampleTensors.normal([1, 2, 2, 2]))
  }

  @Test("integer weights behind DequantizeLinear lose channels with their scales")
  func dequantized() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 1, height: 3, width: 3)
    let weights = builder.parameter("w", Tensor((0..<27).map { Int8($0 * 5 - 60) }, shape: [3, 1, 3, 3]))
    let scale = builder.parameter("scale", Tensor([Float(0.1), 0.2, 0.3]))
    let zero = builder.parameter("zero", Tensor([Int8(0), 0, 0]))
    let floats = try builder.dequantized(weights, scale: scale, zeroPoint: zero, axis: 0)
    let conv = Convolution(window: SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1]))
    let x = try builder.relu(builder.add(conv, input, floats))
    try builder.output(builder.convolution(x, outputs: 2, kernel: 1, initializer: he, name: "last"), as: "y")
    let graph = try builder.build()
    let removed = [try channel(1, of: "w", in: graph)]
    #expect(removed[0].blocked == nil)
    let small = try expectSameAsZeroed(graph, removed, input: SampleTensors.normal([1, 1, 3, 3]))
    #expect(small.parameters["scale"]!.tensor.floats == [0.1, 0.3])
  }

  @Test("an uneven split, whose parts change places")
  func split() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 2, height: 4, width: 4)
    let x = try builder.convolution(input, outputs: 6, kernel: 3, bias: true, initializer: he, name: "first")
    let parts = try builder.split(x, lengths: [2, 1, 3])
    let mixed = try builder.concatenation([parts[2], parts[0], parts[1]])
    try builder.output(builder.convolution(mixed, outputs: 2, kernel: 1, initializer: he, name: "last"), as: "y")
    let graph = randomized(try builder.build())
    let removed = [try channel(2, of: "first.weight", in: graph), try channel(4, of: "first.weight", in: graph)]
    #expect(removed[1].members.contains(.init(slot: Slot("last.weight", 1), index: 1)))
    let small = try expectSameAsZeroed(graph, removed, input: SampleTensors.normal([1, 2, 4, 4]))
    let op = try #require(small.nodes.lazy.compactMap { $0.op as? AxisSplit }.first)
    #expect(op.parts == .lengths([2, 0, 2]))
  }

  @Test(
    "channels spread over pixels and gathered again", arguments: [DepthToSpace.Order.depthColumnRow, .columnRowDepth])
  func blocks(order: DepthToSpace.Order) throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 2, height: 4, width: 4)
    let x = try builder.convolution(input, outputs: 12, kernel: 3, bias: true, initializer: he, name: "first")
    let wide = try builder.relu(builder.add(DepthToSpace(blockSize: 2, order: order), x))
    let deep = try builder.add(SpaceToDepth(blockSize: 4, order: order), wide)
    try builder.output(builder.convolution(deep, outputs: 2, kernel: 1, initializer: he, name: "last"), as: "y")
    let graph = randomized(try builder.build())
    let removed = [try channel(order == .depthColumnRow ? 4 : 5, of: "first.weight", in: graph)]
    let filters = removed[0].members.filter { $0.slot == Slot("first.weight", 0) }.map(\.index).sorted()
    #expect(filters == (order == .depthColumnRow ? [1, 4, 7, 10] : [4, 5, 6, 7]))
    let small = try expectSameAsZeroed(graph, removed, input: SampleTensors.normal([1, 2, 4, 4]))
    #expect(small.parameters["first.weight"]!.shape == [8, 2, 3, 3])
    #expect(small.parameters["last.weight"]!.shape == [2, 32, 1, 1])
  }

  @Test("a transposed convolution's weights lose inputs along axis 0 and outputs along axis 1")
  func transposedConvolution() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 2, height: 3, width: 3)
    let x = try builder.convolution(input, outputs: 5, kernel: 3, bias: true, initializer: he, name: "first")
    let large = try builder.transposedConvolution(
      x, outputs: 4, kernel: 4, stride: 2, padding: 1, bias: true, initializer: he, name: "up")
    let y = try builder.convolution(builder.relu(large), outputs: 2, kernel: 1, initializer: he, name: "last")
    try builder.output(y, as: "y")
    let graph = randomized(try builder.build())
    let inner = try #require(
      graph.channelCoupling().sets().first { $0.members.contains(.init(slot: Slot("up.weight", 1), index: 3)) })
    let small = try expectSameAsZeroed(
      graph, [try channel(1, of: "first.weight", in: graph), inner], input: SampleTensors.normal([1, 2, 3, 3]))
    #expect(small.parameters["up.weight"]!.shape == [4, 3, 4, 4])
    #expect(small.parameters["up.bias"]!.shape == [3])
    #expect(small.parameters["last.weight"]!.shape == [2, 3, 1, 1])
  }

  @Test("what normalises or ranks channels together keeps them", arguments: ["groups", "layer", "largest", "resized"])
  func blocked(kind: String) throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 2, height: 3, width: 3)
    let x = try builder.convolution(input, outputs: 4, kernel: 3, bias: true, initializer: he, name: "first")
    let middle =
      switch kind {
      case "groups": try builder.groupNormalization(x, groups: 2)
      case "layer":
        try builder.transposed(builder.layerNormalization(builder.transposed(x, [0, 2, 3, 1])), [0, 3, 1, 2])
      case "largest": try builder.largest(4, of: x, axis: 1).values
      default: try builder.add(Resize(Interpolation(), to: .scales([1, 2, 1, 1])), x)
      }
    try builder.output(builder.convolution(middle, outputs: 2, kernel: 1, initializer: he, name: "last"), as: "y")
    let set = try channel(1, of: "first.weight", in: try builder.build())
    #expect(set.blocked != nil)
  }

  @Test("a transposed axis keeps its indices; a gathered one cannot be cut")
  func transposedAndGathered() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let input = builder.imageInput(channels: 2, height: 2, width: 2)
    let x = try builder.convolution(input, outputs: 3, kernel: 1, bias: true, initializer: he, name: "first")
    let back = try builder.transposed(builder.transposed(x, [0, 2, 3, 1]), [0, 3, 1, 2])
    try builder.output(builder.convolution(back, outputs: 2, kernel: 1, initializer: he, name: "last"), as: "y")
    let graph = randomized(try builder.build())
    _ = try expectSameAsZeroed(
      graph, [try channel(1, of: "first.weight", in: graph)], input: SampleTensors.normal([1, 2, 2, 2]))

    let shuffled = try GraphBuilder(extending: graph)
    let order = shuffled.parameter("order", Tensor([Int64(1), 0, 2]))
    try shuffled.output(shuffled.gathered(x, order, axis: 1), as: "z")
    #expect(try channel(1, of: "first.weight", in: shuffled.build()).blocked != nil)
  }
}

extension Tensor {
  fileprivate func mapped(_ body: (Float) -> Float) -> Tensor { Tensor(floats.map(body), shape: shape) }
}
