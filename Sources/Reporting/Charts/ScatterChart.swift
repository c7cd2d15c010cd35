/// Numbered points joined in their order: the path that a network took from step to step.
struct ScatterChart {
  /// A point with the number that stands in its circle.
  struct Point {
    var number: Int
    var name: String
    var x: Double
    var y: Double
  }

  var title: String
  var xTitle: String
  var yTitle: String
  var points: [Point]
  /// A level that points should stay above, and its name.
  var floor: (value: Double, name: String)?
  var xLabel: (Double, Int) -> String
  var yLabel: (Double, Int) -> String
  /// The smallest height of the y axis.
  var minimumHeight: Double

  /// The chart with its title; nothing with fewer than two finite points.
  var html: HTML? {
    let finite = points.filter { $0.x.isFinite && $0.y.isFinite }
    guard finite.count > 1 else { return nil }
    let x = Axis(over: finite.map(\.x), includingZero: true)
    let y = Axis(over: finite.map(\.y) + [floor?.value].compactMap(\.self), minimumSpan: minimumHeight)
    let plot = Plot(
      x: x, y: y, xTitle: xTitle, yTitle: yTitle, xLabel: { xLabel($0, x.decimals) },
      yLabel: { yLabel($0, y.decimals) })
    let path = finite.map { "\(at: plot.across($0.x)),\(at: plot.down($0.y))" as HTML }
    var content: [HTML] = []
    if let floor {
      content.append(
        """
        <line class="limit" x1="\(at: plot.across(x.lower))" x2="\(at: plot.across(x.upper))" \
        y1="\(at: plot.down(floor.value))" y2="\(at: plot.down(floor.value))"/>\
        <text class="tick limit-text" x="\(at: plot.across(x.lower) + 4)" \
        y="\(at: plot.down(floor.value) + 12)">\(floor.name)</text>
        """)
    }
    content.append(
      "<polyline class=\"path\" points=\"\(HTML(trusted: path.map(\.markup).joined(separator: " ")))\"/>")
    content += marks(finite, in: plot)
    let told = finite.map { "\($0.name): \(yLabel($0.y, 2)) at \(xLabel($0.x, 1))" }.joined(separator: "; ")
    return """
      <figure class="chart"><h4>\(title)</h4>
      \(plot.svg(describedAs: "\(title). \(told)", content: content))
      </figure>
      """
  }

  /// A circle with its number for each point; points that would cover each other share one.
  private func marks(_ points: [Point], in plot: Plot) -> [HTML] {
    var groups: [[Point]] = []
    for point in points {
      if let last = groups.last?.last, abs(plot.across(last.x) - plot.across(point.x)) < 9,
        abs(plot.down(last.y) - plot.down(point.y)) < 9
      {
        groups[groups.count - 1].append(point)
      } else {
        groups.append([point])
      }
    }
    return groups.enumerated().compactMap { index, group -> HTML? in
      guard let first = group.first, let last = group.last else { return nil }
      let x = group.map { plot.across($0.x) }.reduce(0, +) / Double(group.count)
      let y = group.map { plot.down($0.y) }.reduce(0, +) / Double(group.count)
      let style: HTML = index == groups.count - 1 ? "after" : "step"
      let number = group.count == 1 ? String(first.number) : "\(first.number)–\(last.number)"
      let half = group.count == 1 ? 8.0 : 14.0
      return """
        <g class="mark \(style)"><title>\(group.map(\.name).joined(separator: ", "))</title>\
        <rect x="\(at: x - half)" y="\(at: y - 8)" width="\(at: 2 * half)" height="16" rx="8"/>\
        <text x="\(at: x)" y="\(at: y + 3.8)" text-anchor="middle">\(number)</text></g>
        """
    }
  }
}
