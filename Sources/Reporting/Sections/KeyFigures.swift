/// The figures that matter most, large: accuracy, size, time, work, parameters, memory.
enum KeyFigures {
  static func html(of document: ReportDocument) -> HTML {
    let (before, after) = (document.before, document.after)
    let figures: [HTML?] = [
      accuracy(document),
      figure(
        "On disk", before.fileBytes, after.fileBytes, factor: "smaller", NumberFormat.bytes),
      figure("Latency", before.latencyMs, after.latencyMs),
      figure("Multiply-accumulates", before.macs, after.macs, factor: "fewer", NumberFormat.compact),
      figure("Parameters", before.parameters, after.parameters, factor: "fewer", NumberFormat.compact),
      figure("Memory when running", memory(before), memory(after), factor: "less", NumberFormat.bytes),
    ]
    return "<div class=\"figures\">\n\(figures)\n</div>"
  }

  private static func memory(_ measures: ReportDocument.Measures) -> Int? {
    measures.weightBytes.flatMap { weights in measures.peakActivationBytes.map { weights &+ $0 } }
  }

  private static func accuracy(_ document: ReportDocument) -> HTML? {
    if let top1 = document.after.top1 {
      let change = document.drop?.value.map { "\(NumberFormat.signedPoints(-$0)) points" as HTML }
      return card(
        "Top-1 accuracy", value: NumberFormat.percent(top1),
        from: document.before.top1.map { "from \(NumberFormat.percent($0))" }, ratio: change, share: top1)
    }
    guard let agreement = document.fidelity.compactMap(\.argmaxAgreement).first else { return nil }
    return card(
      "Agreement", value: NumberFormat.percent(agreement), from: "same answer as the original", ratio: "no labels",
      share: agreement)
  }

  private static func figure(
    _ title: String, _ before: Int?, _ after: Int?, factor: String, _ format: (Int?) -> String
  ) -> HTML? {
    guard let after else { return nil }
    return card(
      title, value: format(after), from: before.map { "from \(format($0))" },
      ratio: ratio(before.map(Double.init), Double(after), better: factor, worse: "more"),
      share: before.flatMap { $0 > 0 ? Double(after) / Double($0) : nil })
  }

  private static func figure(_ title: String, _ before: Double?, _ after: Double?) -> HTML? {
    guard let after, after.isFinite else { return nil }
    return card(
      title, value: NumberFormat.milliseconds(after), from: before.map { "from \(NumberFormat.milliseconds($0))" },
      ratio: ratio(before, after, better: "faster", worse: "slower"),
      share: before.flatMap { $0 > 0 ? after / $0 : nil })
  }

  private static func ratio(_ before: Double?, _ after: Double, better: String, worse: String) -> HTML? {
    guard let before, before > 0 else { return nil }
    let share = "\(NumberFormat.share(after, of: before)) of original"
    guard after > 0, after != before else { return "\(share)" }
    let factor =
      after < before
      ? "\(NumberFormat.times(before / after)) \(better)" : "\(NumberFormat.times(after / before)) \(worse)"
    return "<span>\(share),</span> <span>\(factor)</span>"
  }

  private static func card(_ title: String, value: String, from: String?, ratio: HTML?, share: Double?) -> HTML {
    let parts = value.split(separator: " ", maxSplits: 1).map(String.init)
    let unit: HTML? = parts.count > 1 ? "<span class=\"unit\"> \(parts[1])</span>" : nil
    let bar: HTML? = share.map {
      let style: HTML = $0 > 1 ? "worse" : "after"
      return """
        <svg width="100%" height="4" aria-hidden="true"><rect class="track" width="100%" height="4"/>\
        <rect class="\(style)" width="\(at: 100 * min(1, max(0, $0)))%" height="4"/></svg>
        """
    }
    return """
      <div class="figure"><div class="label">\(title)</div><div class="value">\(parts.first ?? value)\(unit)</div>\
      \(bar)<div class="from">\(from ?? "")</div><div class="ratio">\(ratio)</div></div>
      """
  }
}
