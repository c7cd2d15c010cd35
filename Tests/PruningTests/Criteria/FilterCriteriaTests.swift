import Graphs
import TestSupport
import Tensors
import Testing

@testable import Pruning

@Suite("Criteria that look at weights: geometric median, scales, groups")
struct FilterCriteriaTests {
  /// A convolution of 3 filters, (3, -4), (0, 0), (3, 0), with a batch normalisation of scales -2, 0.5, 1, read by a
  /// convolution of 2 filters, (1, 2, 0) and (0, 2, 3).
  private func normalized(_ normalizes: Bool = true) throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let x = builder.imageInput("x", channels: 2, height: 2, width: 2)
    var a = try builder.convolution(x, outputs: 3, kernel: 1, initializer: he, name: "a")
    if normalizes { a = try builder.batchNormalization(a, name: "bn") }
    try builder.output(builder.convolution(builder.relu(a), outputs: 2, kernel: 1, initializer: he, name: "b"), as: "y")
    var graph = try builder.build()
    graph.parameters["a.weight"] = .dense(Tensor([Float(3), -4, 0, 0, 3, 0], shape: [3, 2, 1, 1]))
    graph.parameters["b.weight"] = .dense(Tensor([Float(1), 2, 0, 0, 2, 3], shape: [2, 3, 1, 1]))
    if normalizes { graph.parameters["bn.weight"] = .dense(Tensor([Float(-2), 0.5, 1])) }
    return graph
  }

  private func scores(
    _ criterion: any PruningCriterion, of graph: Graph, normalization: ScoreNormalization = .none,
    aggregation: ScoreAggregation = .sum
  ) throws -> [Double] {
    let group = try #require(graph.removableChannelGroups().groups.first)
    let context = try PruningContext(graph, aggregation: aggregation, normalization: normalization)
    return try criterion.scores(for: group, given: context)
  }

  @Test("sums of distances, worked by hand: 5 + 4, 5 + 3, 4 + 3")
  func geometricMedian() throws {
    #expect(try scores(GeometricMedian(), of: normalized()) == [9, 8, 7])
    // Among 1, 2, 3, 10 the value 2 has the smallest sum, while 1 has the smallest norm.
    #expect(GeometricMedian.sumsOfDistances([[1], [2], [3], [10]]) == [12, 10, 10, 24])
    #expect(GeometricMedian.sumsOfDistances([[1, 2]]) == [0])
    // Long filters go through the lanes: eleven differences of 3 and 4 in turn, squared 9 and 16.
    let (a, b) = ([Float](repeating: 1, count: 11), (0..<11).map { Float($0 % 2 == 0 ? 4 : -3) })
    #expect(GeometricMedian.sumsOfDistances([a, b]) == [134, 134].map { Double($0).squareRoot() })
  }

  @Test("equal filters are at distance 0 of each other and go before others")
  func equalFilters() {
    let sums = GeometricMedian.sumsOfDistances([[0, 0], [5, 5], [0, 0], [0, 0]])
    #expect(sums[1] == sums.max() && sums[0] == sums[2] && sums[2] == sums[3])
  }

  @Test("scales of batch normalisation are compared by their size, as they are")
  func slimming() throws {
    #expect(try scores(NormalizationScale(), of: normalized()) == [2, 0.5, 1])
    #expect(NormalizationScale.normalization == .none)
    let error = #expect(throws: PareError.self) { try scores(NormalizationScale(), of: normalized(false)) }
    #expect(error?.code == .usage)
  }

  @Test("channels without a batch normalisation are ranked by their filters, at the size of the network's scales")
  func slimmingWithout() throws {
    let graph = try SmallNetworks.residual()
    let context = try PruningContext(graph, normalization: .none)
    for group in try graph.removableChannelGroups().groups {
      let scales = group.slots.filter { $0.value.hasSuffix("_bn.weight") }
      let scores = try NormalizationScale().scores(for: group, given: context)
      guard scales.isEmpty else { continue }
      let l1 = try L1Norm().scores(for: group, given: PruningContext(graph))
      let all = ["first_bn.weight", "second_bn.weight"].flatMap { graph.parameters[$0]!.tensor.doubles }
      let mean = all.map(abs).reduce(0, +) / Double(all.count)
      for (score, norm) in zip(scores, l1) { #expect(abs(score - norm * mean) < 1e-12) }
    }
  }

  @Test("the norm of all that a channel is coupled to, worked by hand")
  func groupNorm() throws {
    // 25 + 4 + 1, 0 + 0.25 + 8, 9 + 1 + 9.
    #expect(try scores(GroupNorm(), of: normalized()) == [30, 8.25, 19])
    #expect(try scores(GroupNorm(), of: normalized(), aggregation: .max) == [25, 8, 9])
    #expect(try scores(GroupNorm(), of: normalized(), aggregation: .mean) == [10, 2.75, 19.0 / 3])
  }

  @Test("normalisations, worked by hand")
  func normalizations() throws {
    #expect(try scores(L1Norm(), of: normalized()) == [7, 0, 3])
    #expect(try scores(L1Norm(), of: normalized(), normalization: .mean) == [7, 0, 3].map { $0 / (10.0 / 3) })
    #expect(try scores(L1Norm(), of: normalized(), normalization: .max) == [1, 0, 3.0 / 7])
    #expect(try scores(L1Norm(), of: normalized(), normalization: .sum) == [0.7, 0, 0.3])
    #expect(ScoreNormalization.mean([0, 0]) == [0, 0])
  }
}
