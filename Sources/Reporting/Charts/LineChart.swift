/// Lines over a common pair of axes.
struct LineChart {
  /// One line.
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
    /// The class that gives its colour.
    var style: String
    /// Whether its points are marked.
    var isMarked = false
  }

  var title: String
  var xTitle: String
  var yTitle: String
  var series: [Series]
  var xLabel: (Double, Int) -> String = { NumberFormat.decimal($0, digits: $1) }
  var yLabel: (Double, Int) -> String = { NumberFormat.decimal($0, digits: $1) }
  /// The smallest height of the y axis, so that noise does not fill the page.
  var minimumHeight = 1e-6
  var caption: HTML

  /// The chart with its title and caption; nothing where no line has a finite point.
  var html: HTML? {
    let lines = series.map { one in
      var line = one
      line.points = one.points.filter { $0.x.isFinite && $0.y.isFinite }
      return line
    }.filter { !$0.points.isEmpty }
    guard !lines.isEmpty else { return nil }
    let x = Axis(over: lines.flatMap { $0.points.map(\.x) }, minimumSpan: 1e-6, isTight: true)
    let y = Axis(over: lines.flatMap { $0.points.map(\.y) }, minimumSpan: minimumHeight)
    let plot = Plot(
      x: x, y: y, xTitle: xTitle, yTitle: yTitle, xLabel: { xLabel($0, x.decimals) },
      yLabel: { yLabel($0, y.decimals) })
    let content = lines.map { line -> HTML in
      let places = line.points.map { "\(at: plot.across($0.x)),\(at: plot.down($0.y))" as HTML }
      let marks: [HTML] =
        line.isMarked || line.points.count == 1
        ? line.points.map {
          "<circle class=\"dot \(line.style)\" cx=\"\(at: plot.across($0.x))\" cy=\"\(at: plot.down($0.y))\" r=\"2.4\"/>"
        } : []
      return """
        <g><title>\(line.name)</title><polyline class="line \(line.style)" \
        points="\(HTML(trusted: places.map(\.markup).joined(separator: " ")))"/>\(marks)</g>
        """
    }
    let description = "\(title): \(yTitle) against \(xTitle), \(lines.count) lines"
    return """
      <figure class="chart"><h4>\(title)</h4>
      \(plot.svg(describedAs: description, content: content))
      <figcaption>\(caption)</figcaption></figure>
      """
  }
}
