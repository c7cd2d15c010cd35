import Graphs

/// Chooses how many channels each group loses until a network costs no more than a budget.
///
/// It starts from the network as it is and repeatedly takes the step, a few channels of one group, with the least
/// predicted loss per cost saved (of equal ones the step that saves more). Losses are differences of the measured sensitivity
/// curves, each group's times its factor, and are taken to add up; `PlanSearch` looks for factors that mend this. Where
/// the last step meets the budget with room to spare, what the room is enough for is taken back, the greatest loss first.
/// Where curves are convex and steps small this comes within one step of the best allocation; elsewhere it is a heuristic.
struct GreedyAllocation: ChannelAllocation {
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
  /// What each group's predicted losses are multiplied by.
  var factors: [Double]
  /// How far groups may shrink.
  var limits: ChannelLimits
  /// The top-1 of a network that sees nothing.
  var chance: Double
  /// How many channels of a group are looked ahead, all steps up to there: costs that fall in stairs, as times do, fall by
  /// nothing at some.
  var lookahead = 1
  /// Takes predicted losses as they are.
  init(candidates: [Candidate], limits: ChannelLimits, chance: Double, lookahead: Int = 1) {
    self.candidates = candidates
    factors = candidates.map { _ in 1 }
    self.limits = limits
    self.chance = chance
    self.lookahead = lookahead
  }

  /// Steps of several channels overshoot.
  var fillsBudget: Bool { true }

  /// For each group that may still lose channels the next few, with the loss that they are predicted to cost.
  ///
  /// Where none of them saves anything by itself, as times do that only fall when a layer's inputs and outputs both become
  /// fewer, each group may go to its floor, whatever that saves: what turns out to be superfluous is taken back.
  func steps(from ledger: CostLedger) -> [AllocationStep] {
    let saving = savingSteps(from: ledger)
    guard saving.isEmpty, lookahead > 1 else { return saving }
    return candidates.indices.compactMap { index in
      let (candidate, removed) = (candidates[index], ledger.removed[index])
      let channels = candidate.channels - removed - limits.floor(original: candidate.original)
      guard channels > 0 else { return nil }
      let loss = loss(of: index, removed: removed + channels) - loss(of: index, removed: removed)
      return AllocationStep(group: index, channels: channels, saving: 1, loss: loss)
    }
  }

  private func savingSteps(from ledger: CostLedger) -> [AllocationStep] {
    candidates.enumerated().compactMap { index, candidate in
      let removed = ledger.removed[index]
      let kept = candidate.channels - removed
      let before = loss(of: index, removed: removed)
      var (next, steps) = (kept, [AllocationStep]())
      while kept - next < lookahead,
        let lower = limits.next(below: next, step: candidate.original / 64, original: candidate.original)
      {
        next = lower
        let saving = ledger.saving(group: index, channels: kept - next)
        guard saving > 0 else { continue }
        let loss = loss(of: index, removed: candidate.channels - next) - before
        steps.append(AllocationStep(group: index, channels: kept - next, saving: saving, loss: loss))
      }
      return steps.min(by: AllocationStep.isBetter)
    }
  }

  private func loss(of index: Int, removed: Int) -> Double {
    let candidate = candidates[index]
    let fraction = Double(removed) / Double(max(candidate.channels, 1))
    return factors[index] * candidate.curve.predictedLoss(removing: fraction, chance: chance)
  }
}
