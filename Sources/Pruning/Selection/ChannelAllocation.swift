import Graphs

/// A rule for how many channels each group loses until a network costs no more than a budget.
protocol ChannelAllocation {
  /// The steps that are allowed next, at most one for each group.
  func steps(from ledger: CostLedger) -> [AllocationStep]
}

/// A few channels of one group that may go next.
struct AllocationStep {
  /// The group.
  var group: Int
  /// How many of its channels.
  var channels: Int
  /// What that saves.
  var saving: Int
  /// What that costs: the step with the least loss per saving is taken, of equal ones that which saves more.
  var loss: Double

  static func isBetter(_ a: AllocationStep, _ b: AllocationStep) -> Bool {
    let (left, right) = (a.loss * Double(b.saving), b.loss * Double(a.saving))
    return left != right ? left < right : a.saving > b.saving
  }
}

extension ChannelAllocation {
  /// Removes channels in the ledger until its cost is at most `budget`, or nothing more may go.
  ///
  /// - Parameters:
  ///   - lowest: no step goes below this cost, with two exceptions: where every step would at once, the one that saves
  ///     least is taken, and likewise where `isLast` and the budget is not yet met.
  /// - Returns: whether the budget was met.
  func allocate(_ ledger: inout CostLedger, budget: Int, lowest: Int, isLast: Bool = true) -> Bool {
    var isFirst = true
    while ledger.cost > budget {
      let steps = steps(from: ledger)
      var best = steps.filter { ledger.cost - $0.saving >= lowest }.min(by: AllocationStep.isBetter)
      if best == nil, isFirst || isLast { best = steps.min { $0.saving < $1.saving } }
      guard let best else { return false }
      ledger.remove(group: best.group, channels: best.channels)
      isFirst = false
    }
    return true
  }
}
