import Graphs
import Measurement
import ONNXFormat
import Tensors

extension ChannelLimits {
  /// Limits that leave room for a target and otherwise keep layers even: the strictest of a few that reach it.
  ///
  /// Sensitivity is measured without fine-tuning, and is too kind to narrow layers: a group that is cut to a few
  /// channels may hurt little at once and still be what holds accuracy down after training. So no group keeps less than
  /// 0.8 of what an even cut would leave it, and numbers of channels are multiples of 8, which integer kernels are
  /// made for. Where couplings and small layers stand in the way, multiples become 4 and then 1; then floors are
  /// halved, down to the defaults.
  ///
  /// - Parameters:
  ///   - target: what has to be reached.
  ///   - roundTo: the multiples; nil: they are chosen.
  ///   - fraction: the floor of each group as a fraction of its channels; nil: it is chosen.
  ///   - ignore: patterns of layers that keep all their channels.
  ///   - times: what measures layers, for a target of latency.
  /// - Returns: the first limits that reach the target, or the loosest where none does.
  /// - Throws: `PareError.usage` for limits out of range or a pattern that no layer fits, and what the costs of the
  ///   network throw.
  public static func reaching(
    _ target: PruningTarget, in model: Model, roundTo: Int? = nil, fraction: Double? = nil, ignore: [String] = [],
    times: LayerTimes? = nil
  ) throws -> ChannelLimits {
    let usual = ChannelLimits()
    let original = try target.resource.amount(in: model, by: times)
    let limit = target.limit(original: original)
    let even = 0.8 * Double(limit) / Double(max(original, 1))
    let fractions = fraction.map { [$0] } ?? [even, even / 2, usual.fraction].filter { $0 >= usual.fraction }
    let multiples = roundTo.map { [$0] } ?? [8, 4, 1]
    // Any ranking will do here: what a group costs depends on how many channels it has, not on which.
    let groups = try PrunableGroups(
      rankedBy: L1Norm(), in: PruningContext(model.graph), ignore: ignore
    ).groups.filter { !$0.isIgnored }
    var loosest = ChannelLimits(fraction: fraction ?? usual.fraction, roundTo: roundTo ?? 1)
    for fraction in fractions {
      for multiple in multiples {
        loosest = ChannelLimits(fraction: min(fraction, 1), roundTo: multiple)
        try loosest.validate()
        var ledger = try CostLedger(
          model.graph, removing: groups.map(\.order), resource: target.resource, cost: original, times: times)
        for (index, group) in groups.enumerated() {
          let count = group.order.count
          ledger.remove(group: index, channels: count - loosest.floor(original: count))
        }
        if ledger.cost <= limit { return loosest }
      }
    }
    return loosest
  }
}
