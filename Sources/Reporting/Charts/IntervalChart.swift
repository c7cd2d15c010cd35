/// A change with its interval on a line, beside "no change" and what is allowed.
struct IntervalChart {
  /// The change, after minus before, as a fraction; its interval; and the lowest change that is allowed.
  var value: Double
  var low: Double?
  var high: Double?
  var limit: Double?

  /// The drawing; it has the page's width, and its letters keep their size.
  var html: HTML {
    let marks = [value, low, high, limit, 0].compactMap(\.self).filter(\.isFinite)
    let lowest = marks.min() ?? 0
    let highest = marks.max() ?? 0
    let span = max(highest - lowest, 1e-4)
    let (start, end) = (lowest - 0.14 * span, highest + 0.14 * span)
    func share(_ value: Double) -> Double { 100 * (value - start) / (end - start) }
    func anchor(_ value: Double) -> HTML { share(value) > 70 ? "end" : share(value) < 30 ? "start" : "middle" }
    let allowed: HTML? = limit.map {
      """
      <rect class="zone" x="\(at: share($0))%" y="20" width="\(at: 100 - share($0))%" height="30"/>\
      <line class="limit" x1="\(at: share($0))%" x2="\(at: share($0))%" y1="20" y2="50"/>\
      <text class="tick limit-text" x="\(at: share($0))%" y="65" text-anchor="\(anchor($0))">\
      allowed \(NumberFormat.signedPoints($0))</text>
      """
    }
    let whisker: HTML? = low.flatMap { low in
      high.map { high in
        """
        <line class="whisker" x1="\(at: share(low))%" x2="\(at: share(high))%" y1="35" y2="35"/>\
        <line class="whisker" x1="\(at: share(low))%" x2="\(at: share(low))%" y1="30" y2="40"/>\
        <line class="whisker" x1="\(at: share(high))%" x2="\(at: share(high))%" y1="30" y2="40"/>
        """
      }
    }
    let interval = low.flatMap { low in
      high.map { ", 95 % interval \(NumberFormat.signedPoints(low)) to \(NumberFormat.signedPoints($0))" }
    }
    let description = "Change of top-1 \(NumberFormat.signedPoints(value)) points" + (interval ?? "")
    return """
      <svg class="interval" width="100%" height="70" role="img" aria-label="\(description)">\(allowed)\
      <line class="axis" x1="0" x2="100%" y1="50" y2="50"/>\
      <line class="none" x1="\(at: share(0))%" x2="\(at: share(0))%" y1="20" y2="50"/>\
      <text class="tick" x="\(at: share(0))%" y="13" text-anchor="\(anchor(0))">no change</text>\
      \(whisker)<circle class="after" cx="\(at: share(value))%" cy="35" r="5.5"/></svg>
      """
  }
}
