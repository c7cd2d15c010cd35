import Graphs
import TestSupport
import Tensors
import Testing

@testable import Pruning

@Suite("Pruning criteria")
struct CriteriaTests {
  /// Two layers whose outputs are added: filters (3, -4), (1, 0), (0, 2) and (0, 12), (2, -2), (0, 0).
  private func twoLayers() throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.imageInput("x", channels: 2, height: 2, width: 2)
    let he = HeInitializer()
    let a = try builder.convolution(x, outputs: 3, kernel: 1, initializer: he, name: "a")
    let b = try builder.convolution(x, outputs: 3, kernel: 1, initializer: he, name: "b")
    let sum = try builder.relu(builder.sum(a, b))
    try builder.output(builder.convolution(sum, outputs: 2, kernel: 1, initializer: he, name: "c"), as: "y")
    var graph = try builder.build()
    graph.parameters["a.weight"] = .dense(Tensor([Float(3), -4, 1, 0, 0, 2], shape: [3, 2, 1, 1]))
    graph.parameters["b.weight"] = .dense(Tensor([Float(0), 12, 2, -2, 0, 0], shape: [3, 2, 1, 1]))
    return graph
  }

  private func scores(_ criterion: any PruningCriterion, _ aggregation: ScoreAggregation = .sum) throws -> [Double] {
    let graph = try twoLayers()
    let group = try #require(graph.removableChannelGroups().groups.first)
    #expect(group.channels.count == 3)
    return try criterion.scores(for: group, given: PruningContext(graph, aggregation: aggregation))
  }

  @Test("sums of absolute weights, worked by hand")
  func l1() throws {
    // By channel: 7 + 12, 1 + 4, 2 + 0; their mean is 26 / 3.
    #expect(try scores(L1Norm()) == [19, 5, 2].map { $0 / (26 / 3) })
    // 9.5, 2.5, 1 with mean 13 / 3, and 12, 4, 2 with mean 6.
    #expect(try scores(L1Norm(), .mean) == [9.5, 2.5, 1].map { $0 / (13 / 3) })
    #expect(try scores(L1Norm(), .max) == [12, 4, 2].map { $0 / 6 })
  }

  @Test("Euclidean norms, worked by hand")
  func l2() throws {
    let root = 8.0.squareRoot()
    let raw: [Double] = [5 + 12, 1 + root, 2]
    let mean = (20 + root) / 3
    for (score, wanted) in zip(try scores(L2Norm()), raw.map({ $0 / mean })) { #expect(abs(score - wanted) < 1e-12) }
  }

  @Test("dense layers count their outputs, whichever axis holds them, and depthwise filters count")
  func axes() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2)])
    let weights = builder.parameter("w", Tensor([Float(1), 2, 3, 4, 5, 6], shape: [2, 3]))
    let bias = builder.parameter("c", Tensor(zeros: [3]))
    let hidden = try builder.relu(builder.sum(builder.matrixProduct(x, weights), bias))
    try builder.output(builder.dense(hidden, outputs: 2, initializer: HeInitializer()), as: "y")
    let graph = try builder.build()
    let group = try #require(graph.removableChannelGroups().groups.first)
    #expect(try L1Norm().scores(for: group, given: PruningContext(graph)) == [5, 7, 9].map { $0 / 7 })
    let residual = try SmallNetworks.groups(of: SmallNetworks.residual())
    #expect(residual.groups.contains { $0.layers.contains("depthwise.weight") })
  }

  @Test("permuting channels permutes scores", arguments: [any PruningCriterion](arrayLiteral: L1Norm(), L2Norm()))
  func permutation(_ criterion: any PruningCriterion) throws {
    let graph = try SmallNetworks.chain()
    let order = [2, 0, 3, 1]
    var permuted = graph
    for (name, axis) in [("a.weight", 0), ("a.bias", 0), ("b.weight", 1)] {
      permuted.parameters[name] = .dense(graph.parameters[name]!.tensor.selecting(order, axis: axis))
    }
    func scores(_ graph: Graph) throws -> [Double] {
      let group = try #require(graph.removableChannelGroups().groups.first)
      return try criterion.scores(for: group, given: PruningContext(graph))
    }
    let (before, after) = (try scores(graph), try scores(permuted))
    for (position, source) in order.enumerated() { #expect(abs(after[position] - before[source]) < 1e-12) }
  }

  @Test(
    "permuting the channels of a residual stream with its depthwise layer permutes scores",
    arguments: ["l1", "l2", "group", "fpgm", "slimming"])
  func permutationOfCoupled(_ name: String) throws {
    let criterion = try PruningCriteria.named(name)
    let graph = try SmallNetworks.residual()
    for (number, group) in try graph.removableChannelGroups().groups.enumerated() {
      let order = (0..<group.channels.count).map { ($0 * 3 + 1 + number) % group.channels.count }
      #expect(Set(order).count == order.count)
      // Along every axis of a parameter the indices of a channel take the places of another's.
      var permuted = graph
      for slot in group.slots where graph.parameters[slot.value] != nil {
        let tensor = permuted.parameters[slot.value]!.tensor
        var source = Array(0..<tensor.shape[slot.axis])
        for (position, from) in order.enumerated() {
          let (places, sources) = (
            indices(of: group.channels[position], on: slot), indices(of: group.channels[from], on: slot)
          )
          for (place, index) in zip(places, sources) { source[place] = index }
        }
        permuted.parameters[slot.value] = .dense(tensor.selecting(source, axis: slot.axis))
      }
      let before = try criterion.scores(for: group, given: PruningContext(graph))
      let after = try criterion.scores(for: group, given: PruningContext(permuted))
      #expect(Set(before).count > 1)
      for (position, source) in order.enumerated() { #expect(abs(after[position] - before[source]) < 1e-9) }
    }
  }

  private func indices(of channel: CoupledSet, on slot: Slot) -> [Int] {
    channel.members.filter { $0.slot == slot }.map(\.index).sorted()
  }

  @Test("permuting weights permutes their scores", arguments: ["l1", "l2", "taylor", "movement"])
  func permutationOfWeights(_ name: String) throws {
    let criterion = try PruningCriteria.weightCriterion(named: name)
    let order = [3, 0, 4, 1, 5, 2]
    let weights: [Float] = [0.5, -2, 1, -0.25, 3, 0]
    let evidence: [Double] = [1, 5, 2, 0.5, 0, 3]
    func scores(_ weights: [Float], _ evidence: [Double]) -> [Double] {
      criterion.weightScores(of: weights, named: "w", given: WeightContext(evidence: ["w": evidence]))
    }
    let (before, after) = (scores(weights, evidence), scores(order.map { weights[$0] }, order.map { evidence[$0] }))
    #expect(Set(before).count > 1 && after == order.map { before[$0] })
  }

  @Test("random scores follow the seed and differ between groups")
  func random() throws {
    let graph = try SmallNetworks.chain()
    let groups = try graph.removableChannelGroups().groups
    func scores(_ seed: UInt64) throws -> [[Double]] {
      try groups.map { try RandomScores().scores(for: $0, given: PruningContext(graph, seed: seed)) }
    }
    #expect(try scores(1) == scores(1))
    #expect(try scores(1) != scores(2))
    #expect(try Array(scores(1)[1].prefix(4)) != scores(1)[0])
  }

  @Test("names are unique, known ones are found, unknown ones refused")
  func names() throws {
    #expect(Set(PruningCriteria.all.map { $0.identifier }).count == PruningCriteria.all.count)
    for type in PruningCriteria.all { #expect(try Swift.type(of: PruningCriteria.named(type.identifier)) == type) }
    #expect(throws: PareError.self) { try PruningCriteria.named("l3") }
  }

  @Test("weights that are no numbers are refused")
  func notFinite() throws {
    var graph = try SmallNetworks.chain()
    graph.parameters["a.weight"] = .dense(Tensor(repeating: Float.nan, shape: [4, 2, 3, 3]))
    #expect(throws: PareError.self) { try SmallNetworks.groups(of: graph) }
  }
}
