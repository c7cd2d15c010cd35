/// May I ship it? The verdict with its reasons, the main figures, the change of accuracy with its interval, targets.
enum VerdictSection: ReportSection {
  static let identifier = "ship"
  static let question = "May I ship it?"

  static func body(of document: ReportDocument) -> HTML {
    """
    \(answer(document))
    \(KeyFigures.html(of: document))
    \(interval(document))
    \(targets(document))
    \(comparison(document))
    \(fidelity(document))
    """
  }

  private static func answer(_ document: ReportDocument) -> HTML {
    let verdict = document.verdict ?? document.judged()
    let (words, style): (String, HTML) =
      switch verdict.ship {
      case .yes: ("Yes, ship it.", "yes")
      case .no: ("No, not as it is.", "no")
      case .withCare: ("Yes, but with care.", "care")
      }
    let reasons = verdict.reasons.map { "<li>\($0)</li>" as HTML }
    return "<p class=\"verdict \(style)\">\(words)</p>\n<ul class=\"reasons\">\n\(reasons)\n</ul>"
  }

  private static func interval(_ document: ReportDocument) -> HTML? {
    guard let drop = document.drop, let value = drop.value else { return nil }
    let chart = IntervalChart(
      value: -value, low: drop.high.map { -$0 }, high: drop.low.map { -$0 },
      limit: document.guards?.maxDrop.map { -$0 })
    let count = document.data?.testCount.map { ", on \(NumberFormat.integer($0)) test images" } ?? ""
    let range = DropText.interval(drop).map { ". With 95 % confidence the true change lies from \($0) points" } ?? ""
    return """
      <figure class="chart wide"><h3>Change of top-1 accuracy</h3>
      \(chart.html)
      <figcaption>\(NumberFormat.signedPoints(-value)) percentage points, paired image by image\(count)\(range).\
      </figcaption></figure>
      """
  }

  private static func targets(_ document: ReportDocument) -> HTML? {
    var rows = document.targets.map { target -> [DataTable.Cell] in
      [
        .init(TargetText.name(of: target)), mark(target.met),
        .init(TargetText.amountOrMissing(target.asked, of: target, asked: true)),
        .init(TargetText.amountOrMissing(target.reached, of: target, asked: false)),
      ]
    }
    if let limit = document.guards?.maxDrop, let drop = document.drop?.value {
      rows.append([
        .init("drop of top-1"), mark(drop <= limit), .init("at most \(NumberFormat.points(limit))"),
        .init(drop > 0 ? NumberFormat.points(drop) : "none"),
      ])
    }
    if let limit = document.guards?.minTop1, let top1 = document.after.top1 {
      rows.append([
        .init("top-1"), mark(top1 >= limit), .init("at least \(NumberFormat.percent(limit))"),
        .init(NumberFormat.percent(top1)),
      ])
    }
    guard !rows.isEmpty else { return nil }
    return "<h3>What was asked</h3>\n"
      + DataTable(
        caption: "What was asked and what the written file reaches",
        columns: [
          .init(title: "", isNumeric: false), .init(title: "held", isNumeric: false), .init(title: "asked"),
          .init(title: "reached"),
        ], rows: rows
      ).html
  }

  private static func mark(_ isMet: Bool) -> DataTable.Cell {
    .init(
      markup: isMet ? "<span class=\"good\">✓ yes</span>" : "<span class=\"bad\">✗ no</span>", order: isMet ? 1 : 0)
  }

  private static func comparison(_ document: ReportDocument) -> HTML? {
    let (before, after) = (document.before, document.after)
    var rows: [[DataTable.Cell]] = []
    func row(_ name: String, _ old: Double?, _ new: Double?, ratio: Bool = true, _ format: (Double) -> String) {
      guard old != nil || new != nil else { return }
      let change = ratio ? NumberFormat.share(new, of: old) : old.flatMap { o in new.map { signed($0 - o) } } ?? ""
      rows.append([
        .init(name), .init(old.map(format) ?? NumberFormat.missing), .init(new.map(format) ?? NumberFormat.missing),
        .init(change),
      ])
    }
    func signed(_ difference: Double) -> String { NumberFormat.signedPoints(difference) + " points" }
    func percent(_ value: Double) -> String { NumberFormat.percent(value) }
    func whole(_ value: Double) -> String { NumberFormat.integer(Int(exactly: value)) }
    func time(_ value: Double) -> String { NumberFormat.milliseconds(value) }
    row("top-1", before.top1, after.top1, ratio: false, percent)
    row("top-5", before.top5, after.top5, ratio: false, percent)
    row("loss", before.loss, after.loss) { NumberFormat.decimal($0, digits: 4) }
    row("parameters", before.parameters.map(Double.init), after.parameters.map(Double.init), whole)
    row("multiply-accumulates", before.macs.map(Double.init), after.macs.map(Double.init), whole)
    row("bytes of the file", before.fileBytes.map(Double.init), after.fileBytes.map(Double.init), whole)
    row("bytes of the .pare file", before.pareFileBytes.map(Double.init), after.pareFileBytes.map(Double.init), whole)
    row("bytes of weights", before.weightBytes.map(Double.init), after.weightBytes.map(Double.init), whole)
    row(
      "peak bytes of activations", before.peakActivationBytes.map(Double.init),
      after.peakActivationBytes.map(Double.init), whole)
    row("latency, median", before.latencyMs, after.latencyMs, time)
    row("latency, mean", before.latency?.mean, after.latency?.mean, time)
    row("latency, 90 % within", before.latency?.p90, after.latency?.p90, time)
    row("latency, 99 % within", before.latency?.p99, after.latency?.p99, time)
    row("latency, fastest", before.latency?.min, after.latency?.min, time)
    row("images a second", before.imagesPerSecond, after.imagesPerSecond) { NumberFormat.significant($0) }
    guard !rows.isEmpty else { return nil }
    return "<h3>Before and after</h3>\n"
      + DataTable(
        caption: "All measures of the original and of the written file; latency at batch 1",
        columns: [
          .init(title: "", isNumeric: false), .init(title: "before"), .init(title: "after"),
          .init(title: "of original"),
        ], rows: rows
      ).html
  }

  private static func fidelity(_ document: ReportDocument) -> HTML? {
    guard !document.fidelity.isEmpty else { return nil }
    let rows = document.fidelity.map { one -> [DataTable.Cell] in
      [
        .init(one.output), .init(NumberFormat.percent(one.argmaxAgreement)),
        .init(NumberFormat.decimal(one.cosine, digits: 5)),
        .init(one.snrDb.map { NumberFormat.decimal($0, digits: 1) + " dB" } ?? NumberFormat.missing),
      ]
    }
    return "<h3>Closeness to the original</h3>\n"
      + DataTable(
        caption: "How close each output is to the original’s on the same inputs",
        columns: [
          .init(title: "output", isNumeric: false), .init(title: "same answer"), .init(title: "cosine"),
          .init(title: "signal to noise"),
        ], rows: rows
      ).html
  }
}
