/// Which classes got worse? The change of each class, and the confusions that changed most.
enum ClassesSection: ReportSection {
  static let identifier = "classes"
  static let question = "Which classes got worse?"

  /// Classes that are drawn; further ones are in the table only.
  private static let shown = 24

  static func body(of document: ReportDocument) -> HTML {
    let classes = document.classes.filter { $0.difference != nil }
      .sorted { ($0.difference ?? 0, $0.name) < ($1.difference ?? 0, $1.name) }
    guard !classes.isEmpty else {
      let reason =
        document.after.top1 == nil
        ? "Without labels nothing can be said about classes." : "Accuracy was not taken class by class."
      return "<p class=\"nothing\">\(reason)</p>"
    }
    return """
      \(lead(classes))
      \(chart(classes))
      \(table(classes))
      \(confusions(document.confusionChanges))
      """
  }

  private static func lead(_ classes: [ReportDocument.ClassChange]) -> HTML {
    let worse = classes.filter { ($0.difference ?? 0) < 0 }.count
    let better = classes.filter { ($0.difference ?? 0) > 0 }.count
    let same = classes.count - worse - better
    return """
      <p>Of \(classes.count) classes \(worse) got worse, \(better) better and \(same) stayed as \
      \(same == 1 ? "it was" : "they were"). A class has fewer images than the whole, so its change is less certain \
      than the total.</p>
      """
  }

  private static func chart(_ classes: [ReportDocument.ClassChange]) -> HTML? {
    let some = classes.count <= shown ? classes : Array(classes.prefix(shown * 2 / 3) + classes.suffix(shown / 3))
    let bars = some.map { one -> BarChart.Bar in
      let difference = one.difference ?? 0
      return BarChart.Bar(
        name: one.name, start: 0, end: difference, style: difference < 0 ? "worse" : "after",
        label: "\(NumberFormat.signedPoints(difference, digits: 1))")
    }
    let caption =
      some.count < classes.count
      ? "Change of accuracy in points: the \(shown * 2 / 3) classes that lost most, the \(shown / 3) that lost least"
      : "Change of accuracy in points, class by class"
    return BarChart(caption: caption, headers: ("class", "points"), bars: bars).html
  }

  private static func table(_ classes: [ReportDocument.ClassChange]) -> HTML? {
    let rows = classes.map { one -> [DataTable.Cell] in
      [
        .init(one.name), .init(NumberFormat.integer(one.count), order: Double(one.count)),
        .init(NumberFormat.percent(one.before, digits: 1), order: one.before),
        .init(NumberFormat.percent(one.after, digits: 1), order: one.after),
        .init(NumberFormat.signedPoints(one.difference, digits: 1), order: one.difference),
      ]
    }
    return Disclosure.html(
      "All \(classes.count) classes in figures",
      DataTable(
        caption: "Accuracy of each class on the test split",
        columns: [
          .init(title: "class", isNumeric: false), .init(title: "images"), .init(title: "before"),
          .init(title: "after"), .init(title: "points"),
        ], rows: rows, isSortable: true
      ).html)
  }

  private static func confusions(_ changes: [ReportDocument.ConfusionChange]) -> HTML? {
    guard !changes.isEmpty else { return nil }
    let rows = changes.map { one -> [DataTable.Cell] in
      let change = one.after &- one.before
      return [
        .init(one.actual), .init(one.predicted), .init(NumberFormat.integer(one.before), order: Double(one.before)),
        .init(NumberFormat.integer(one.after), order: Double(one.after)),
        .init(change > 0 ? "+\(change)" : NumberFormat.integer(change), order: Double(change)),
      ]
    }
    return "<h3>Confusions that changed most</h3>\n"
      + DataTable(
        caption: "How many test images of one class are taken for another",
        columns: [
          .init(title: "is", isNumeric: false), .init(title: "taken for", isNumeric: false), .init(title: "before"),
          .init(title: "after"), .init(title: "change"),
        ], rows: rows, isSortable: true
      ).html
  }
}
