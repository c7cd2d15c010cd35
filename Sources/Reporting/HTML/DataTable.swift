/// A table of the page: caption, header cells with scope, figures to the right.
struct DataTable {
  /// A column's header and whether it holds figures.
  struct Column {
    var title: String
    var isNumeric = true
  }

  /// A cell, and the figure by which its column sorts where the text would not do.
  struct Cell {
    var content: HTML
    var order: Double?

    init(_ text: String, order: Double? = nil) {
      content = "\(text)"
      self.order = order
    }

    init(markup: HTML, order: Double? = nil) {
      content = markup
      self.order = order
    }
  }

  var caption: String
  var columns: [Column]
  var rows: [[Cell]]
  /// Whether a click on a header sorts by it, where scripts may run.
  var isSortable = false
  /// Rows to set apart, by index.
  var emphasized: Set<Int> = []

  /// The table, in a frame that scrolls sideways on a narrow screen.
  var html: HTML {
    let head = columns.map { "<th scope=\"col\"\($0.isNumeric ? Self.number : "")>\($0.title)</th>" as HTML }
    let body = rows.enumerated().map { index, cells in
      let row = zip(columns, cells).enumerated().map { position, pair in
        let order: HTML = pair.1.order.map { " data-order=\"\(at: $0)\"" } ?? ""
        let kind = pair.0.isNumeric ? Self.number : ""
        return position == 0
          ? "<th scope=\"row\"\(kind)\(order)>\(pair.1.content)</th>" as HTML
          : "<td\(kind)\(order)>\(pair.1.content)</td>" as HTML
      }
      let emphasis: HTML = emphasized.contains(index) ? " class=\"strong\"" : ""
      return "<tr\(emphasis)>\(HTML(trusted: row.map(\.markup).joined()))</tr>" as HTML
    }
    let kind: HTML = isSortable ? " class=\"sortable\"" : ""
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table\(kind)>
      <caption>\(caption)</caption>
      <thead><tr>\(HTML(trusted: head.map(\.markup).joined()))</tr></thead>
      <tbody>
      \(body)
      </tbody></table></div>
      """
  }

  private static let number: HTML = " class=\"n\""
}
