import Graphs
import Pruning
import Tensors

/// Removes the same share of channels from every group: a stand-in, without measuring or training, for what a network
/// of so many MACs will weigh and how fast it will be.
struct EvenPruning {
  private let graph: Graph
  private let ranked: [[CoupledSet]]

  /// Ranks the channels of every group by the L1 norm of their filters.
  init(_ graph: Graph, seed: UInt64) throws {
    self.graph = graph
    let context = try PruningContext(graph, seed: seed)
    ranked = try graph.removableChannelGroups().groups.map { group in
      let scores = try L1Norm().scores(for: group, given: context)
      return group.channels.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }.map { group.channels[$0] }
    }
  }

  /// The graph at or under so many MACs, or as small as leaves every group two channels.
  func pruned(toMACs limit: Int) throws -> Graph {
    var (low, high) = (0.0, 1.0)
    var result = try removing(share: high)
    for _ in 0..<12 {
      let middle = (low + high) / 2
      let candidate = try removing(share: middle)
      if try candidate.costs().macs <= limit { (high, result) = (middle, candidate) } else { low = middle }
    }
    return result
  }

  private func removing(share: Double) throws -> Graph {
    let channels = ranked.flatMap { group in
      group.prefix(min(Int(Double(group.count) * share), max(group.count - 2, 0)))
    }
    return channels.isEmpty ? graph : try graph.removing(channels)
  }
}
