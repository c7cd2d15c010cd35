/// Where does the time go? Time and channels of each layer, before and after.
enum LayersSection: ReportSection {
  static let identifier = "time"
  static let question = "Where does the time go?"

  /// Layers that are drawn; further ones are in the table only.
  private static let shown = 24

  static func body(of document: ReportDocument) -> HTML {
    guard !document.layers.isEmpty else {
      return "<p class=\"nothing\">The network was not timed layer by layer.</p>"
    }
    return """
      \(lead(document))
      \(times(document.layers))
      \(channels(document.layers))
      \(table(document.layers))
      """
  }

  private static func lead(_ document: ReportDocument) -> HTML {
    let layers = document.layers
    let before = layers.compactMap(\.msBefore).reduce(0, +)
    let after = layers.compactMap(\.msAfter).reduce(0, +)
    let slower = layers.filter { ($0.msAfter ?? 0) > 1.1 * ($0.msBefore ?? .infinity) }.count
    let remark =
      slower == 0 ? "" : " \(slower) \(slower == 1 ? "layer takes" : "layers take") over a tenth longer than before."
    return """
      <p>Layers take \(NumberFormat.milliseconds(before)) together before and \(NumberFormat.milliseconds(after)) \
      after, at batch 1 on \(document.threads) \(document.threads == 1 ? "thread" : "threads"), timed one by \
      one.\(remark)</p>
      """
  }

  private static func times(_ layers: [ReportDocument.LayerChange]) -> HTML? {
    let timed = layers.enumerated().filter { $1.msBefore != nil || $1.msAfter != nil }
    let longest = timed.sorted {
      max($0.1.msBefore ?? 0, $0.1.msAfter ?? 0) > max($1.1.msBefore ?? 0, $1.1.msAfter ?? 0)
    }
    .prefix(shown).sorted { $0.0 < $1.0 }.map(\.1)
    let caption =
      longest.count < timed.count
      ? "Time of the \(longest.count) longest of \(timed.count) layers, in the network’s order"
      : "Time of each layer, in the network’s order"
    return PairedBars(
      caption: caption, nameHeader: "layer", unit: "ms",
      pairs: longest.map { .init(name: $0.name, before: $0.msBefore, after: $0.msAfter) },
      format: { NumberFormat.significant($0) }
    ).html
  }

  private static func channels(_ layers: [ReportDocument.LayerChange]) -> HTML? {
    let counted = layers.compactMap { layer in
      layer.channelsBefore.flatMap { old in layer.channelsAfter.map { (layer.name, old, $0) } }
    }
    let changed = counted.filter { $0.1 != $0.2 }
    guard !changed.isEmpty else { return nil }
    let bars = changed.map { name, old, new in
      BarChart.Bar(
        name: name, start: 0, end: Double(new), style: "after",
        label: "\(new) <span class=\"quiet\">of \(old)</span>", track: Double(old))
    }
    let chart = BarChart(
      caption: "Output channels that are left in the \(changed.count) layers that lost some, of \(counted.count)",
      headers: ("layer", "channels"), bars: bars)
    return "<h3>Channels that are left</h3>\n" + (chart.html ?? "")
  }

  private static func table(_ layers: [ReportDocument.LayerChange]) -> HTML? {
    let rows = layers.map { layer -> [DataTable.Cell] in
      [
        .init(layer.name), .init(layer.op),
        .init(layer.outputShape.map { $0.map(String.init).joined(separator: "×") } ?? ""),
        .init(NumberFormat.integer(layer.parameters), order: layer.parameters.map(Double.init)),
        .init(NumberFormat.integer(layer.macs), order: layer.macs.map(Double.init)),
        .init(NumberFormat.significant(layer.msBefore), order: layer.msBefore),
        .init(NumberFormat.significant(layer.msAfter), order: layer.msAfter),
      ]
    }
    return Disclosure.html(
      "All \(layers.count) layers in figures",
      DataTable(
        caption: "Each layer of the written file; times in milliseconds at batch 1",
        columns: [
          .init(title: "layer", isNumeric: false), .init(title: "operator", isNumeric: false),
          .init(title: "output", isNumeric: false), .init(title: "parameters"), .init(title: "MACs"),
          .init(title: "before"), .init(title: "after"),
        ], rows: rows, isSortable: true
      ).html)
  }
}
