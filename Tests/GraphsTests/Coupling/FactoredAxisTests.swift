@testable import Graphs
import TestSupport
import Tensors
import Testing

@Suite("Removal of indices of axes that are split and merged")
struct FactoredAxisTests {
  /// Sums of a few hundred float32 products in another order.
  static let tolerance = 1e-5

  /// The graph without the chosen channels gives what it gives with their parameters at 0, for two batches.
  private func expectSameAsZeroed(_ graph: Graph, _ removed: [CoupledSet], input: Shape) throws -> Graph {
    let zeroed = graph.zeroing(removed)
    let small = try graph.removing(removed)
    let feeds = [graph.inputs[0].name: SampleTensors.normal(input, seed: 5)]
    func output(of graph: Graph) throws -> Tensor {
      try #require(ReferenceEvaluation(of: graph, inputs: feeds, batch: input[0], double: true).values["y"])
    }
    let (wanted, found) = (try output(of: zeroed), try output(of: small))
    #expect(Tolerance.relative(found, wanted) <= Self.tolerance)
    #expect(Tolerance.relative(found, try output(of: graph)) > 100 * Self.tolerance)
    return small
  }

  private func dense(_ x: Value, _ shape: Shape, _ name: String, in builder: GraphBuilder) throws -> Value {
    let weights = builder.parameter(
      "\(name).weight", SampleTensors.normal(shape, seed: UInt64(name.utf8.count + shape[1])))
    let bias = builder.parameter("\(name).bias", SampleTensors.normal([shape[1]], seed: 2))
    return try builder.sum(builder.matrixProduct(x, weights), bias)
  }

  /// Attention as PyTorch writes it: one projection to 3 x heads x features, or three of them; 3 heads of 4 features on
  /// 5 tokens of 6 numbers, with a residual connection and a normalisation behind it.
  private func attention(isJoint: Bool) throws -> Graph {
    let (tokens, width, heads, features) = (5, 6, 3, 4)
    let inner = heads * features
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(tokens), .fixed(width)])
    func split(_ value: Value, _ order: [Int]) throws -> Value {
      let shape: ValueShape = [.batch, .fixed(tokens), .fixed(heads), .fixed(features)]
      return try builder.transposed(builder.add(Reshape(to: shape), value), order)
    }
    var parts: [Value]
    if isJoint {
      let all = try dense(x, [width, 3 * inner], "projection", in: builder)
      let split = try builder.add(
        Reshape(to: [.batch, .fixed(tokens), .fixed(3), .fixed(heads), .fixed(features)]), all)
      let front = try builder.transposed(split, [2, 0, 3, 1, 4])
      parts = try (0..<3).map {
        try builder.gathered(front, builder.parameter("part\($0)", Tensor([Int64($0)], shape: [])), axis: 0)
      }
      parts[1] = try builder.transposed(parts[1], [0, 1, 3, 2])
    } else {
      parts = [
        try split(dense(x, [width, inner], "q", in: builder), [0, 2, 1, 3]),
        try split(dense(x, [width, inner], "key", in: builder), [0, 2, 3, 1]),
        try split(dense(x, [width, inner], "value", in: builder), [0, 2, 1, 3]),
      ]
    }
    let scores = try builder.product(builder.matrixProduct(parts[0], parts[1]), builder.scalar(0.5))
    let mixed = try builder.transposed(builder.matrixProduct(builder.softmax(scores), parts[2]), [0, 2, 1, 3])
    let merged = try builder.add(Reshape(to: [.batch, .fixed(tokens), .fixed(inner)]), mixed)
    let y = try builder.sum(x, dense(merged, [inner, width], "out", in: builder))
    try builder.output(builder.layerNormalization(y), as: "y")
    return try builder.build()
  }

  @Test("an attention loses whole heads, and nothing else", arguments: [true, false])
  func heads(isJoint: Bool) throws {
    let graph = try attention(isJoint: isJoint)
    let groups = try graph.removableChannelGroups().groups
    #expect(groups.map(\.name) == [isJoint ? "projection.weight" : "q.weight"])
    let group = try #require(groups.first)
    #expect(group.channels.count == 3)
    let rows = group.channels[1].members.filter { $0.slot == Slot("out.weight", 0) }.map(\.index)
    #expect(rows.sorted() == [4, 5, 6, 7])
    let small = try expectSameAsZeroed(graph, [group.channels[1]], input: [2, 5, 6])
    #expect(small.parameters["out.weight"]?.shape == [8, 6])
    if isJoint {
      let outputs = group.channels[1].members.filter { $0.slot == Slot("projection.weight", 1) }.map(\.index)
      #expect(outputs.sorted() == [4, 5, 6, 7, 16, 17, 18, 19, 28, 29, 30, 31])
      #expect(small.parameters["projection.weight"]?.shape == [6, 24])
    } else {
      #expect(small.parameters["value.weight"]?.shape == [6, 8])
    }
  }

  @Test("heads that are merged with the batch, as PyTorch's other form has them") func headsInTheBatch() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(6)])
    let a = try dense(x, [6, 12], "a", in: builder)
    let heads = try builder.add(Reshape(to: [.batch(3), .fixed(4), .fixed(1)]), a)
    let scores = try builder.softmax(builder.matrixProduct(heads, builder.transposed(heads, [0, 2, 1])))
    let mixed = try builder.add(Reshape(to: [.batch, .fixed(12)]), builder.matrixProduct(scores, heads))
    try builder.output(dense(mixed, [12, 2], "b", in: builder), as: "y")
    let graph = try builder.build()
    let group = try #require(try graph.removableChannelGroups().groups.first)
    #expect(group.channels.count == 3)
    let small = try expectSameAsZeroed(graph, [group.channels[0]], input: [2, 6])
    let reshape = try #require(small.nodes.lazy.compactMap { $0.op as? Reshape }.first)
    #expect(reshape.target.first == .exactly(.batch(2)))
  }

  @Test("shuffled channels go with those at the same place of each group") func shuffle() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let x = builder.imageInput("x", channels: 2, height: 3, width: 3)
    let a = try builder.convolution(x, outputs: 6, kernel: 3, bias: true, initializer: he, name: "a")
    let parts = try builder.add(Reshape(to: [.batch, .fixed(2), .fixed(3), .fixed(3), .fixed(3)]), a)
    let shuffled = try builder.add(
      Reshape(to: [.batch, .fixed(6), .fixed(3), .fixed(3)]), builder.transposed(parts, [0, 2, 1, 3, 4]))
    try builder.output(builder.convolution(shuffled, outputs: 2, kernel: 1, initializer: he, name: "b"), as: "y")
    let graph = try builder.build()
    let group = try #require(try graph.removableChannelGroups().groups.first)
    #expect(group.channels.count == 3)
    let channel = group.channels[1]
    #expect(channel.members.filter { $0.slot == Slot("a.weight", 0) }.map(\.index).sorted() == [1, 4])
    #expect(channel.members.filter { $0.slot == Slot("b.weight", 1) }.map(\.index).sorted() == [2, 3])
    _ = try expectSameAsZeroed(graph, [channel], input: [2, 2, 3, 3])
  }

  @Test("a convolution in groups loses as much in each", arguments: [(2, 6), (6, 6), (6, 12)])
  func groups(groups: Int, outputs: Int) throws {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 4)
    let x = builder.imageInput("x", channels: 2, height: 3, width: 3)
    let a = try builder.relu(builder.convolution(x, outputs: 6, kernel: 3, bias: true, initializer: he, name: "a"))
    let b = try builder.convolution(
      a, outputs: outputs, kernel: 3, groups: groups, bias: true, initializer: he, name: "grouped")
    try builder.output(builder.convolution(b, outputs: 2, kernel: 1, initializer: he, name: "c"), as: "y")
    let graph = try builder.build()
    let found = try graph.removableChannelGroups().groups
    #expect(found.map { $0.channels.count } == (groups == 2 ? [3, 3] : [6]))
    let removed = found.map { $0.channels[1] }
    let filters = removed.flatMap(\.members).filter { $0.slot == Slot("grouped.weight", 0) }.map(\.index).sorted()
    #expect(filters == (groups == 2 ? [1, 4] : outputs == 6 ? [1] : [2, 3]))
    let small = try expectSameAsZeroed(graph, removed, input: [2, 2, 3, 3])
    let convolution = try #require(small.nodes.lazy.compactMap { $0.op as? Convolution }.first { $0.groups > 1 })
    #expect(convolution.groups == (groups == 2 ? 2 : 5))
  }

  @Test("the rows of one channel's picture are not channels") func rows() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let x = builder.imageInput("x", channels: 2, height: 3, width: 3)
    let a = try builder.convolution(x, outputs: 1, kernel: 3, bias: true, initializer: he, name: "a")
    try builder.output(dense(builder.flattened(a), [9, 2], "b", in: builder), as: "y")
    #expect(try builder.build().removableChannelGroups().groups.isEmpty)
  }
}
