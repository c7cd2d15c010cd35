import Graphs

/// Chooses how many channels each group loses until a network costs no more than a budget.
///
/// It starts from the network as it is and repeatedly takes the step, a few channels of one group, with the least
/// predicted loss of accuracy per cost saved (of equal ones the step that saves more). Losses are differences of the
/// measured sensitivity curves; the groups' losses are taken to add up. Where curves are convex and steps small this
/// comes within one step of the best allocation; elsewhere it is a heuristic.
struct GreedyAllocation {
  /// A group that may lose channels.
  struct Candidate {
    /// How many channels it has now.
    var channels: Int
    /// How many it had in the original network: what limits refer to.
    var original: Int
    /// How its removal hurts.
    var curve: SensitivityCurve
  }

  /// The groups, in the ledger's order.
  var candidates: [Candidate]
  /// How far groups may shrink.
  var limits: ChannelLimits
  /// The top-1 of a network that sees nothing.
  var chance: Double

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
      var best = steps.filter { ledger.cost - $0.saving >= lowest }.min(by: Step.isBetter)
      if best == nil, isFirst || isLast { best = steps.min { $0.saving < $1.saving } }
      guard let best else { return false }
      ledger.remove(group: best.group, channels: best.channels)
      isFirst = false
    }
    return true
  }

  private struct Step {
    var group: Int
    var channels: Int
    var saving: Int
    var loss: Double

    static func isBetter(_ a: Step, _ b: Step) -> Bool {
      let (left, right) = (a.loss * Double(b.saving), b.loss * Double(a.saving))
      return left != right ? left < right : a.saving > b.saving
    }
  }

  private func steps(from ledger: CostLedger) -> [Step] {
    candidates.enumerated().compactMap { index, candidate in
      let removed = ledger.removed[index]
      let kept = candidate.channels - removed
      guard let next = limits.next(below: kept, step: candidate.original / 64, original: candidate.original) else {
        return nil
      }
      let saving = ledger.saving(group: index, channels: kept - next)
      guard saving > 0 else { return nil }
      let loss = drop(candidate, removed: candidate.channels - next) - drop(candidate, removed: removed)
      return Step(group: index, channels: kept - next, saving: saving, loss: loss)
    }
  }

  private func drop(_ candidate: Candidate, removed: Int) -> Double {
    candidate.curve.predictedDrop(removing: Double(removed) / Double(max(candidate.channels, 1)), chance: chance)
  }
}
