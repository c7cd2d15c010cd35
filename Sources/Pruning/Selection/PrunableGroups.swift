import Graphs
import Tensors

/// A group of channels with a name of its own and its channels ranked.
struct PrunableGroup {
  /// The group's name, which no other group has.
  let name: String
  /// The weights that have its channels as outputs, in network order.
  let layers: [String]
  /// The channels, the least important first.
  let order: [CoupledSet]
  /// Their scores.
  let scores: [Double]
  /// Whether the user wants it left alone.
  let isIgnored: Bool
}

/// What of a network can be pruned, and what cannot.
struct PrunableGroups {
  /// The groups in network order.
  let groups: [PrunableGroup]
  /// The layers that cannot lose outputs.
  let blocked: [PruningReport.Blocked]

  /// Looks at a network and ranks its channels.
  ///
  /// - Parameters:
  ///   - context: the network, and what was measured for the criterion.
  ///   - ignore: patterns of the names of weights or nodes.
  /// - Throws: `PareError.usage` for a pattern that no layer fits, and what scoring throws.
  init(rankedBy criterion: any PruningCriterion, in context: PruningContext, ignore: [String]) throws {
    let graph = context.graph
    let layers = try graph.weightedLayers()
    let ignored = try layers.weights(fitting: ignore)
    let place = Dictionary(layers.map { ($0.weights, $0.index) }, uniquingKeysWith: min)
    var taken: [String: Int] = [:]
    let (removable, fixed, _) = try graph.removableChannelGroups()
    groups = try removable.map { group in
      let makers = group.slots.filter { context.outputAxes[$0.value] == $0.axis }.map(\.value)
        .sorted { (place[$0] ?? 0, $0) < (place[$1] ?? 0, $1) }
      let name = makers.first ?? group.name
      taken[name, default: 0] += 1
      let scores = try criterion.scores(for: group, given: context)
      precondition(scores.count == group.channels.count, "\(scores.count) scores for \(group.channels.count) channels")
      let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
      return PrunableGroup(
        name: taken[name]! > 1 ? "\(name) (\(taken[name]!))" : name, layers: makers,
        order: order.map { group.channels[$0] }, scores: order.map { scores[$0] },
        isIgnored: makers.contains(where: ignored.contains))
    }
    blocked = Self.blocked(layers, by: fixed)
  }

  private static func blocked(_ layers: [WeightedLayer], by sets: [CoupledSet]) -> [PruningReport.Blocked] {
    var counts: [String: [String: Int]] = [:]
    let axes = Dictionary(layers.map { ($0.weights, $0.axes.output) }, uniquingKeysWith: { first, _ in first })
    for set in sets {
      guard let reason = set.blocked else { continue }
      for member in set.members where axes[member.slot.value] == member.slot.axis {
        counts[member.slot.value, default: [:]][reason, default: 0] += 1
      }
    }
    var seen: Set<String> = []
    return layers.filter { seen.insert($0.weights).inserted }.flatMap { layer in
      (counts[layer.weights] ?? [:]).sorted { $0.key < $1.key }.map {
        PruningReport.Blocked(name: layer.weights, channels: $1, reason: $0)
      }
    }
  }
}
