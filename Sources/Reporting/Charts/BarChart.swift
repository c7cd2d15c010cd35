/// Horizontal bars, one a row. Each is a table row whose middle cell holds the drawn bar: it reads aloud as a table,
/// and its letters keep their size on any screen.
struct BarChart {
  /// A bar from `start` to `end` in the unit of the chart.
  struct Bar {
    var name: String
    var start: Double
    var end: Double
    /// The class that gives its colour.
    var style: String
    /// The figure, as it is written beside the bar.
    var label: HTML
    /// How far a pale track reaches behind the bar.
    var track: Double?
  }

  var caption: String
  /// The headers over names and figures.
  var headers: (name: String, value: String)
  var bars: [Bar]

  /// The chart; nothing without bars.
  var html: HTML? {
    let drawn = bars.filter { $0.start.isFinite && $0.end.isFinite }
    guard !drawn.isEmpty else { return nil }
    let ends = drawn.flatMap { [$0.start, $0.end, $0.track ?? $0.end] }
    let low = min(0, ends.min() ?? 0)
    let high = max(0, ends.max() ?? 0)
    let span = high > low ? high - low : 1
    func share(_ value: Double) -> Double { 100 * (value - low) / span }
    let rows = drawn.map { bar -> HTML in
      let from = share(min(bar.start, bar.end))
      let length = abs(share(bar.end) - share(bar.start))
      let track: HTML? = bar.track.map {
        "<rect class=\"track\" x=\"\(at: share(0))%\" y=\"3\" width=\"\(at: share($0) - share(0))%\" height=\"9\"/>"
      }
      let zero: HTML? =
        low < 0 ? "<rect class=\"zero\" x=\"\(at: share(0))%\" y=\"0\" width=\"1\" height=\"15\"/>" : nil
      return """
        <tr><th scope="row">\(bar.name)</th><td class="draw"><svg width="100%" height="15" aria-hidden="true">\
        \(track)<rect class="\(bar.style)" x="\(at: from)%" y="3" width="\(at: length)%" height="9"/>\(zero)</svg></td>\
        <td class="n">\(bar.label)</td></tr>
        """
    }
    return """
      <table class="bars"><caption>\(caption)</caption>
      <thead><tr><th scope="col">\(headers.name)</th><td></td><th scope="col" class="n">\(headers.value)</th></tr></thead>
      <tbody>
      \(rows)
      </tbody></table>
      """
  }
}
