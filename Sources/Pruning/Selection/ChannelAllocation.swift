import Graphs

/// A rule for how many channels each group loses until a network costs no more than a budget.
protocol ChannelAllocation {
  /// Whether removals that turn out not to be needed, because a later and larger one meets the goal without them, are
  /// taken back.
  var fillsBudget: Bool { get }
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
  /// Steps are taken as they come.
  var fillsBudget: Bool { false }

  /// Removes channels in the ledger until its cost is at most `budget`, or nothing more may go.
  ///
  /// What goes is the beginning of a plan for the whole way, so that the last step finds removals left that meet the goal
  /// closely.
  ///
  /// - Parameters:
  ///   - lowest: no step goes below this cost, with two exceptions: where every step would at once, the one that saves
  ///     least is taken, and likewise where `isLast` and the budget is not yet met.
  ///   - goal: the cost in the end; nil: the budget.
  /// - Returns: whether the budget was met.
  func allocate(_ ledger: inout CostLedger, budget: Int, lowest: Int, isLast: Bool = true, goal: Int? = nil) -> Bool {
    var plan = plan(from: ledger, to: goal ?? budget)
    var isFirst = true
    while ledger.cost > budget {
      // A group's own removals keep their order.
      var seen = Set<Int>()
      let next = plan.indices.filter { seen.insert(plan[$0].group).inserted }
      func saving(_ index: Int) -> Int { ledger.saving(group: plan[index].group, channels: plan[index].channels) }
      var chosen = next.first { ledger.cost - saving($0) >= lowest }
      if chosen == nil, isFirst || isLast { chosen = next.min { saving($0) < saving($1) } }
      guard let chosen else { return false }
      let step = plan.remove(at: chosen)
      ledger.remove(group: step.group, channels: step.channels)
      isFirst = false
    }
    return true
  }

  /// The removals that bring the cost to `goal` or, where that is out of reach, as near as it gets, the best first.
  private func plan(from start: CostLedger, to goal: Int) -> [AllocationStep] {
    var (ledger, plan) = (start, [AllocationStep]())
    while ledger.cost > goal, let best = steps(from: ledger).min(by: AllocationStep.isBetter) {
      ledger.remove(group: best.group, channels: best.channels)
      plan.append(best)
    }
    guard fillsBudget else { return plan }
    while let superfluous = mostHarmful(of: plan, in: ledger, allowing: goal) {
      let step = plan.remove(at: superfluous)
      ledger.remove(group: step.group, channels: -step.channels)
    }
    return plan
  }

  /// The removal with the greatest loss without which the goal is met all the same: the last of its group.
  private func mostHarmful(of plan: [AllocationStep], in ledger: CostLedger, allowing goal: Int) -> Int? {
    var seen = Set<Int>()
    return plan.indices.reversed()
      .filter { seen.insert(plan[$0].group).inserted }
      .filter { ledger.cost - ledger.saving(group: plan[$0].group, channels: -plan[$0].channels) <= goal }
      .max { (plan[$0].loss, $1) < (plan[$1].loss, $0) }
  }
}
