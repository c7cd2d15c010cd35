/// One step's own story: its training curves, sensitivity, number formats, and further facts.
enum StageDetails {
  /// The story under the step's title; nothing where there is none.
  static func html(of stage: ReportDocument.Stage, number: Int) -> HTML? {
    let charts = ([rounds(stage)] + training(stage) + [sensitivity(stage)]).compactMap(\.self)
    let pieces: [HTML] = [
      charts.isEmpty ? nil : "<div class=\"charts\">\n\(charts)\n</div>", kept(stage),
      zeros(stage), formats(stage), facts(stage),
    ].compactMap(\.self)
    guard !pieces.isEmpty else { return nil }
    return """
      <section class="stage"><h3><span class="number">\(number)</span>\(stage.title)</h3>
      \(pieces)
      </section>
      """
  }

  private static func training(_ stage: ReportDocument.Stage) -> [HTML?] {
    guard stage.epochs.count > 1 else { return [] }
    let accuracy = stage.epochs.compactMap { epoch in epoch.top1.map { (x: Double(epoch.epoch), y: $0) } }
    let loss = stage.epochs.compactMap { epoch in epoch.trainLoss.map { (x: Double(epoch.epoch), y: $0) } }
    let best = accuracy.map(\.y).max()
    let rates = stage.epochs.compactMap(\.imagesPerSecond).sorted()
    let rate = rates.isEmpty ? "" : " \(NumberFormat.significant(rates[rates.count / 2])) images a second."
    return [
      LineChart(
        title: "Held-out accuracy", xTitle: "epoch", yTitle: "top-1",
        series: [.init(name: "held-out top-1", points: accuracy, style: "after")],
        xLabel: { value, _ in NumberFormat.decimal(value, digits: 0) },
        yLabel: { NumberFormat.decimal(100 * $0, digits: max(0, $1 - 2)) + " %" }, minimumHeight: 0.005,
        caption: "Best \(NumberFormat.percent(best)) in \(stage.epochs.count) epochs.\(rate)"
      ).html,
      LineChart(
        title: "Training loss", xTitle: "epoch", yTitle: "loss",
        series: [.init(name: "training loss", points: loss, style: "before")],
        xLabel: { value, _ in NumberFormat.decimal(value, digits: 0) },
        caption: "From \(lossText(loss.first?.y)) to \(lossText(loss.last?.y))."
      ).html,
    ]
  }

  private static func rounds(_ stage: ReportDocument.Stage) -> HTML? {
    let rounds = stage.rounds ?? []
    func points(_ top1: (ReportDocument.Round) -> Double?) -> [(x: Double, y: Double)] {
      rounds.compactMap { round in top1(round).map { (x: round.sparsity, y: $0) } }
    }
    let (trained, untrained) = (points(\.top1), points(\.top1Untrained))
    return LineChart(
      title: "Accuracy against sparsity", xTitle: "left out", yTitle: "top-1",
      series: [
        .init(name: "untrained", points: untrained, style: "before", isMarked: true),
        .init(name: "trained", points: trained, style: "after", isMarked: true),
      ], xLabel: { value, _ in NumberFormat.decimal(100 * value, digits: 0) + " %" },
      yLabel: { NumberFormat.decimal(100 * $0, digits: max(0, $1 - 2)) + " %" }, minimumHeight: 0.01,
      caption: """
        <span class="legend"><span class="key after"></span>trained</span> \
        <span class="legend"><span class="key before"></span>the mask alone</span>
        """
    ).html
  }

  private static func lossText(_ value: Double?) -> String { NumberFormat.decimal(value, digits: 4) }

  private static func sensitivity(_ stage: ReportDocument.Stage) -> HTML? {
    let curves = stage.sensitivity.map { curve in
      (
        name: curve.layer,
        points: curve.points.compactMap { point in
          point.removed.flatMap { x in point.top1.map { (x: x, y: $0) } }
        }
      )
    }.filter { !$0.points.isEmpty }
    guard !curves.isEmpty else { return nil }
    let byLoss = curves.sorted { ($0.points.last?.y ?? 0) < ($1.points.last?.y ?? 0) }
    let named = byLoss.prefix(2)
    let series =
      byLoss.dropFirst(2).map { LineChart.Series(name: $0.name, points: $0.points, style: "faint") }
      + named.enumerated().map {
        LineChart.Series(name: $1.name, points: $1.points, style: $0 == 0 ? "worse" : "care", isMarked: true)
      }
    let keys = named.enumerated().map { index, curve -> HTML in
      let style: HTML = index == 0 ? "worse" : "care"
      return "<span class=\"legend\"><span class=\"key \(style)\"></span><code>\(curve.name)</code></span>"
    }
    return LineChart(
      title: "Sensitivity of each layer", xTitle: "removed from one layer", yTitle: "top-1, untrained",
      series: series, xLabel: { value, _ in NumberFormat.decimal(100 * value, digits: 0) + " %" },
      yLabel: { NumberFormat.decimal(100 * $0, digits: max(0, $1 - 2)) + " %" }, minimumHeight: 0.01,
      caption: "Most sensitive: \(keys)"
    ).html
  }

  private static func kept(_ stage: ReportDocument.Stage) -> HTML? {
    let layers = stage.prunedLayers.filter { $0.original > 0 }
    guard !layers.isEmpty else { return nil }
    let bars = layers.map { layer in
      BarChart.Bar(
        name: layer.name, start: 0, end: Double(layer.kept), style: "after",
        label: "\(layer.kept) <span class=\"quiet\">of \(layer.original)</span>", track: Double(layer.original))
    }
    let chart = BarChart(
      caption: "Channels that were kept, layer by layer", headers: ("layer", "channels kept"), bars: bars)
    return layers.count > 12 ? Disclosure.html("Channels kept in \(layers.count) layers", chart.html) : chart.html
  }

  private static func zeros(_ stage: ReportDocument.Stage) -> HTML? {
    let layers = (stage.sparseLayers ?? []).filter { $0.weights > 0 }
    guard !layers.isEmpty else { return nil }
    let bars = layers.map { layer in
      let kept = layer.weights - layer.zeros
      return BarChart.Bar(
        name: layer.name, start: 0, end: Double(kept) / Double(layer.weights), style: "after",
        label: "\(NumberFormat.integer(kept)) <span class=\"quiet\">of \(NumberFormat.integer(layer.weights))</span>",
        track: 1)
    }
    let chart = BarChart(
      caption: "Weights that are not zero, as a share of each layer's", headers: ("layer", "weights kept"), bars: bars)
    return layers.count > 12 ? Disclosure.html("Weights kept in \(layers.count) layers", chart.html) : chart.html
  }

  private static func formats(_ stage: ReportDocument.Stage) -> HTML? {
    guard !stage.quantizedLayers.isEmpty else { return nil }
    let rows = stage.quantizedLayers.map { layer -> [DataTable.Cell] in
      [
        .init(layer.name), .init(layer.format),
        .init(NumberFormat.decimal(layer.minimum, digits: 3), order: layer.minimum),
        .init(NumberFormat.decimal(layer.maximum, digits: 3), order: layer.maximum),
        .init(
          layer.snrDb.map { NumberFormat.decimal($0, digits: 1) + " dB" } ?? NumberFormat.missing, order: layer.snrDb),
      ]
    }
    let low = stage.quantizedLayers.filter { $0.format != "float32" }.count
    return Disclosure.html(
      "Number formats: \(low) of \(stage.quantizedLayers.count) layers in low precision",
      DataTable(
        caption: "Number format and calibrated range of each layer",
        columns: [
          .init(title: "layer", isNumeric: false), .init(title: "format", isNumeric: false),
          .init(title: "minimum"), .init(title: "maximum"), .init(title: "signal to noise"),
        ], rows: rows, isSortable: true
      ).html)
  }

  private static func facts(_ stage: ReportDocument.Stage) -> HTML? {
    stage.details.isEmpty ? nil : FactList.html(stage.details.map { ($0.name, "\($0.value)") })
  }
}
