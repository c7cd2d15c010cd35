import Graphs
import Tensors

/// How many channels groups keep where layers' ratios say so, and what the network then costs.
struct RatioGoals {
  /// The channels kept, by group; groups that no pattern fits are not in it.
  let goals: [String: Int]
  /// The multiply-accumulates that are left.
  let macs: Int

  /// Applies ratios: a group of n channels keeps n − ⌊n · removed⌉, raised to what the limits allow.
  ///
  /// - Throws: `PareError.usage` for a pattern that no layer fits, and where none of the layers that fit can lose
  ///   channels.
  init(_ ratios: [LayerRatio], of groups: [PrunableGroup], limits: ChannelLimits, in model: Model) throws {
    let layers = try model.graph.weightedLayers()
    var goals: [String: Int] = [:]
    for ratio in ratios {
      let fitting = try layers.weights(fitting: [ratio.pattern])
      let own = groups.filter { !$0.isIgnored && $0.layers.contains(where: fitting.contains) }
      guard !own.isEmpty else {
        throw PareError(.usage, "no channels of \(ratio.pattern) can be removed; choose other layers")
      }
      for group in own where goals[group.name] == nil {
        let count = group.order.count
        let kept = count - Int((ratio.removed * Double(count)).rounded())
        let rounded = (kept + limits.roundTo - 1) / limits.roundTo * limits.roundTo
        goals[group.name] = min(count, max(rounded, limits.floor(original: count)))
      }
    }
    let chosen = groups.filter { goals[$0.name] != nil }
    var ledger = try CostLedger(
      model.graph, removing: chosen.map(\.order), resource: .macs, cost: PruningTarget.Resource.macs.amount(in: model))
    for (index, group) in chosen.enumerated() {
      ledger.remove(group: index, channels: group.order.count - goals[group.name]!)
    }
    (self.goals, macs) = (goals, ledger.cost)
  }
}

extension ChannelPruningConfiguration {
  /// The most multiply-accumulates that may be left of a network: what layers' ratios leave, where there are any, and
  /// otherwise what the target says; the network's own where the target is of another kind.
  /// - Throws: `PareError.usage` for ratios of layers that the network has not, and what the costs of the network throw.
  public func macsLimit(in model: Model) throws -> Int {
    let macs = try PruningTarget.Resource.macs.amount(in: model)
    guard !layerRatios.isEmpty else { return target.resource == .macs ? target.limit(original: macs) : macs }
    let groups = try PrunableGroups(rankedBy: L1Norm(), in: PruningContext(model.graph), ignore: ignore).groups
    return try RatioGoals(layerRatios, of: groups, limits: limits, in: model).macs
  }
}
