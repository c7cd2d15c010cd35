extension ReportDocument {
  /// The verdict that the document's own figures support.
  ///
  /// - **no**: a target is missed, top-1 fell by more than `max_drop`, or it is below `min_top1`.
  /// - **with care**: all of that holds, but the interval of the drop reaches past `max_drop`, the result is slower on
  ///   the clock than the original, one class lost more than five points and more than the average and chance explain,
  ///   there are no labels to judge by, or a step left a warning.
  /// - **yes** otherwise.
  public func judged() -> Verdict {
    let failures = missedTargets() + brokenGuards()
    let doubts = accuracyDoubts() + clockDoubts() + classDoubts() + warnings
    if !failures.isEmpty { return Verdict(ship: .no, reasons: failures + doubts) }
    if !doubts.isEmpty { return Verdict(ship: .withCare, reasons: doubts) }
    return Verdict(ship: .yes, reasons: assurances())
  }

  private func missedTargets() -> [String] {
    targets.filter { !$0.met }.map { target in
      let reached = target.reached.map { TargetText.amount($0, of: target) } ?? "nothing measured"
      return "The target for \(TargetText.name(of: target)) is missed: \(reached) reached, "
        + "\(target.asked.map { TargetText.amount($0, of: target) } ?? NumberFormat.missing) asked."
    }
  }

  private func brokenGuards() -> [String] {
    var reasons: [String] = []
    if let drop = drop?.value, let limit = guards?.maxDrop, drop > limit {
      reasons.append(
        "Top-1 fell by \(NumberFormat.points(drop)); at most \(NumberFormat.points(limit)) are allowed.")
    }
    if let top1 = after.top1, let limit = guards?.minTop1, top1 < limit {
      reasons.append("Top-1 is \(NumberFormat.percent(top1)); at least \(NumberFormat.percent(limit)) is asked.")
    }
    return reasons
  }

  private func accuracyDoubts() -> [String] {
    guard after.top1 != nil else {
      return ["There are no labels: accuracy is unknown, only closeness to the original was measured."]
    }
    guard let drop, let value = drop.value, let high = drop.high, let limit = guards?.maxDrop,
      value <= limit, high > limit
    else { return [] }
    return [
      "The drop of \(NumberFormat.points(value)) is allowed, but with 95 % confidence it may be as large as "
        + "\(NumberFormat.points(high)), more than the \(NumberFormat.points(limit)) allowed."
    ]
  }

  private func clockDoubts() -> [String] {
    guard let old = before.latencyMs, let new = after.latencyMs, new > 1.02 * old else { return [] }
    return [
      "It is slower than the original on this machine: \(NumberFormat.milliseconds(new)) against "
        + "\(NumberFormat.milliseconds(old))."
    ]
  }

  /// The class that lost most, where that is more than samples change by chance. Of a class whose result was changed on
  /// m samples for the worse and on none for the better, the loss is sqrt(m) standard errors; one class of ten is
  /// 2.8 of them below the average by chance in at most one report of twenty.
  private func classDoubts() -> [String] {
    let average = -(drop?.value ?? 0)
    let worst = classes.filter { $0.difference != nil }.min { $0.difference! < $1.difference! }
    guard let worst, let difference = worst.difference, difference < -0.05, difference < average - 0.03 else {
      return []
    }
    let lost = -difference * Double(worst.count)
    guard (average - difference) * Double(worst.count) >= 2.8 * lost.squareRoot() else { return [] }
    return ["The class “\(worst.name)” lost \(NumberFormat.points(-difference)), far more than the average."]
  }

  private func assurances() -> [String] {
    var reasons: [String] = []
    if !targets.isEmpty { reasons.append("Every target is reached in the written file.") }
    if let limit = guards?.maxDrop, drop?.value != nil {
      let interval = drop?.high != nil ? ", the upper end of its 95 % interval included" : ""
      reasons.append("The drop of top-1 is within the \(NumberFormat.points(limit)) allowed\(interval).")
    }
    if let old = before.latencyMs, let new = after.latencyMs, new > 0, new < old {
      reasons.append("It is \(NumberFormat.times(old / new)) faster on this machine’s clock.")
    }
    return reasons.isEmpty ? ["Nothing that was asked for is missed."] : reasons
  }
}
