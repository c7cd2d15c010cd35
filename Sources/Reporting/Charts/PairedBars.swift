/// Two horizontal bars a row, before above after, on one scale.
struct PairedBars {
  /// A row; a side that does not exist draws nothing.
  struct Pair {
    var name: String
    var before: Double?
    var after: Double?
  }

  var caption: String
  var nameHeader: String
  var unit: String
  var pairs: [Pair]
  var format: (Double) -> String

  /// The chart; nothing without pairs.
  var html: HTML? {
    let values = pairs.flatMap { [$0.before, $0.after] }.compactMap(\.self).filter { $0.isFinite && $0 > 0 }
    guard let longest = values.max() else { return nil }
    func bar(_ value: Double?, _ style: HTML, _ y: Int) -> HTML? {
      guard let value, value.isFinite else { return nil }
      return
        "<rect class=\"\(style)\" x=\"0\" y=\"\(y)\" width=\"\(at: 100 * max(0, value) / longest)%\" height=\"7\"/>"
    }
    let rows = pairs.map { pair -> HTML in
      """
      <tr><th scope="row">\(pair.name)</th><td class="draw"><svg width="100%" height="18" aria-hidden="true">\
      \(bar(pair.before, "before", 1))\(bar(pair.after, "after", 9))</svg></td>\
      <td class="n quiet">\(pair.before.map(format) ?? NumberFormat.missing)</td>\
      <td class="n">\(pair.after.map(format) ?? NumberFormat.missing)</td></tr>
      """
    }
    return """
      <table class="bars paired"><caption>\(caption)</caption>
      <thead><tr><th scope="col">\(nameHeader)</th><td></td>\
      <th scope="col" class="n"><span class="key before"></span>before, \(unit)</th>\
      <th scope="col" class="n"><span class="key after"></span>after, \(unit)</th></tr></thead>
      <tbody>
      \(rows)
      </tbody></table>
      """
  }
}
