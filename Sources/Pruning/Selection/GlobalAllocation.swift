import Graphs

/// The channels with the lowest scores of the whole network go first, whatever their group: a global threshold.
struct GlobalAllocation: ChannelAllocation {
  /// A group that may lose channels.
  struct Candidate {
    /// The scores of its channels, the lowest first.
    var scores: [Double]
    /// How many it had in the original network: what limits refer to.
    var original: Int
  }

  /// The groups, in the ledger's order.
  var candidates: [Candidate]
  /// How far groups may shrink: without a floor a global threshold can empty a layer.
  var limits: ChannelLimits

  /// For each group the next channel, or the next few of a large or rounded group, at their mean score.
  func steps(from ledger: CostLedger) -> [AllocationStep] {
    candidates.enumerated().compactMap { index, candidate in
      let removed = ledger.removed[index]
      let kept = candidate.scores.count - removed
      guard let next = limits.next(below: kept, step: candidate.original / 64, original: candidate.original) else {
        return nil
      }
      let scores = candidate.scores[removed..<(removed + kept - next)]
      let saving = ledger.saving(group: index, channels: scores.count)
      guard saving > 0 else { return nil }
      let mean = scores.reduce(0, +) / Double(scores.count)
      return AllocationStep(group: index, channels: scores.count, saving: saving, loss: mean * Double(saving))
    }
  }
}
