/// What did each step bring? The ablation table, the path of accuracy against cost, and each step's own story.
enum StagesSection: ReportSection {
  static let identifier = "steps"
  static let question = "What did each step bring?"

  static func body(of document: ReportDocument) -> HTML {
    guard !document.stages.isEmpty else {
      return "<p class=\"nothing\">The run had no steps of its own to compare.</p>"
    }
    return """
      \(lead(document))
      \(table(document))
      \(paths(document))
      \(HTML(document.stages.enumerated().map { StageDetails.html(of: $1, number: $0 + 1) }))
      """
  }

  private static func lead(_ document: ReportDocument) -> HTML {
    let useless = document.stages.filter { $0.helpedOnClock == false }
    let held = document.data?.heldOutCount.map { " (\(NumberFormat.integer($0)) images)" } ?? ""
    let names = useless.map(\.title).joined(separator: ", ")
    let count = useless.count == 1 ? "One step" : "\(useless.count) steps"
    let remark: HTML? =
      useless.isEmpty ? nil : " <strong>\(count) made it no faster on the clock: \(names).</strong>"
    return """
      <p>Each row is the network as it stood after that step. Accuracy here is judged on held-out training \
      data\(held), because the test images are kept for the end.\(remark)</p>
      """
  }

  private static func table(_ document: ReportDocument) -> HTML {
    let before = document.before
    func row(_ number: Int, _ stage: ReportDocument.Stage, previous: Double?) -> [DataTable.Cell] {
      let change = stage.top1.flatMap { now in previous.map { NumberFormat.signedPoints(now - $0) } } ?? ""
      let faster: HTML =
        switch stage.helpedOnClock {
        case true?: "<span class=\"good\">✓ yes</span>"
        case false?: "<span class=\"bad\">✗ no</span>"
        case nil: ""
        }
      let note: HTML? = stage.note.map { "<span class=\"note\">\($0)</span>" }
      return [
        .init(
          markup: "<div class=\"step\"><span class=\"number\">\(number)</span><div>\(stage.title)\(note)</div></div>"),
        .init(NumberFormat.percent(stage.top1)), .init(change),
        .init(markup: cost(NumberFormat.compact(stage.macs), stage.macs, before.macs)),
        .init(markup: cost(NumberFormat.bytes(stage.fileBytes), stage.fileBytes, before.fileBytes)),
        .init(NumberFormat.milliseconds(stage.latencyMs)), .init(markup: faster),
        .init(number == 0 ? "" : NumberFormat.duration(stage.seconds)),
      ]
    }
    let stages = [original(document)] + document.stages
    let rows = stages.indices.map { index in
      row(index, stages[index], previous: stages[..<index].last { $0.top1 != nil }?.top1)
    }
    return DataTable(
      caption: "The network after each step; percentages are of the original",
      columns: [
        .init(title: "step", isNumeric: false), .init(title: "held-out top-1"), .init(title: "change"),
        .init(title: "MACs"), .init(title: "on disk"), .init(title: "latency"),
        .init(title: "faster", isNumeric: false), .init(title: "took"),
      ], rows: rows, emphasized: [rows.count - 1]
    ).html
  }

  private static func cost(_ text: String, _ after: Int?, _ before: Int?) -> HTML {
    guard let after, let before, before > 0 else { return "\(text)" }
    return "\(text)<span class=\"note\">\(NumberFormat.share(Double(after), of: Double(before)))</span>"
  }

  /// The original as if it were a step, so that table and charts begin with it.
  private static func original(_ document: ReportDocument) -> ReportDocument.Stage {
    var stage = ReportDocument.Stage(name: "original", title: "the original")
    stage.top1 = document.before.heldOutTop1
    stage.parameters = document.before.parameters
    stage.macs = document.before.macs
    stage.fileBytes = document.before.fileBytes
    stage.latencyMs = document.before.latencyMs
    return stage
  }

  private static func paths(_ document: ReportDocument) -> HTML? {
    let stages = [original(document)] + document.stages
    func chart(_ title: String, _ cost: (ReportDocument.Stage) -> Double?) -> HTML? {
      guard let whole = cost(stages[0]), whole > 0 else { return nil }
      let points = stages.enumerated().compactMap { number, stage -> ScatterChart.Point? in
        guard let top1 = stage.top1, let spent = cost(stage) else { return nil }
        return .init(number: number, name: "\(number) \(stage.title)", x: spent / whole, y: top1)
      }
      let floor = document.guards?.maxDrop.flatMap { limit in
        document.before.heldOutTop1.map { (value: $0 - limit, name: "allowed") }
      }
      return ScatterChart(
        title: title, xTitle: "of original", yTitle: "held-out top-1", points: points, floor: floor,
        xLabel: { NumberFormat.decimal(100 * $0, digits: max(0, $1 - 2)) + " %" },
        yLabel: { NumberFormat.decimal(100 * $0, digits: max(0, $1 - 2)) + " %" }, minimumHeight: 0.01
      ).html
    }
    let charts = [
      chart("Accuracy against size on disk") { $0.fileBytes.map(Double.init) },
      chart("Accuracy against latency") { $0.latencyMs },
      chart("Accuracy against multiply-accumulates") { $0.macs.map(Double.init) },
    ].compactMap(\.self)
    return charts.isEmpty ? nil : "<div class=\"charts\">\n\(charts)\n</div>"
  }
}
