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
    content += finite.enumerated().map { index, point -> HTML in
      let style = index == finite.count - 1 ? "after" : "step"
      return """
        <g class="mark \(style)"><title>\(point.name)</title>\
        <circle cx="\(at: plot.across(point.x))" cy="\(at: plot.down(point.y))" r="8.5"/>\
        <text x="\(at: plot.across(point.x))" y="\(at: plot.down(point.y) + 3.6)" text-anchor="middle">\
        \(point.number)</text></g>
        """
    }
    let told = finite.map { "\($0.name): \(yLabel($0.y, 2)) at \(xLabel($0.x, 1))" }.joined(separator: "; ")
    return """
      <figure class="chart"><h4>\(title)</h4>
      \(plot.svg(describedAs: "\(title). \(told)", content: content))
      </figure>
      """
  }
}
