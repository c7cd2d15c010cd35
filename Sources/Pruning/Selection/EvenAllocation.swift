import Graphs

/// Every group loses the same share of what it may lose: the group goes next that will have the largest share left.
///
/// What is left behind the step counts, not before it: where numbers of channels are multiples of 8, a layer of 64 takes
/// four steps on the way on which a layer of 16 takes one.
struct EvenAllocation: ChannelAllocation {
  /// A group that may lose channels.
  struct Candidate {
    /// How many channels it has now.
    var channels: Int
    /// How many it had in the original network: what limits refer to.
    var original: Int
    /// How many it is to have in the end; 0: as few as the budget and the limits have it.
    var goal = 0
  }

  /// The groups, in the ledger's order.
  var candidates: [Candidate]
  /// How far groups may shrink.
  var limits: ChannelLimits

  /// For each group above its goal the next few channels, which cost the less the larger the share that they leave.
  func steps(from ledger: CostLedger) -> [AllocationStep] {
    candidates.enumerated().compactMap { index, candidate in
      let kept = candidate.channels - ledger.removed[index]
      guard kept > candidate.goal,
        let allowed = limits.next(below: kept, step: candidate.original / 64, original: candidate.original)
      else { return nil }
      let next = max(allowed, candidate.goal)
      let count = kept - next
      let saving = ledger.saving(group: index, channels: count)
      guard saving > 0 else { return nil }
      let left = Double(next - candidate.goal) / Double(max(candidate.original - candidate.goal, 1))
      return AllocationStep(group: index, channels: count, saving: saving, loss: (1 - left) * Double(saving))
    }
  }
}
