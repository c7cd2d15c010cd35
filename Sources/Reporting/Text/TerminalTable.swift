/// A table in plain text: aligned columns under a rule, for a terminal or a log.
public struct TerminalTable: Sendable, Equatable {
  /// Where the text of a column stands.
  public enum Alignment: Sendable, Equatable {
    /// At the left edge: names.
    case left
    /// At the right edge: figures.
    case right
  }

  /// Which characters may be used.
  public enum Characters: Sendable, Equatable {
    /// Box-drawing rules, true minus signs and dashes.
    case unicode
    /// ASCII only, for terminals and logs that are not UTF-8.
    case ascii
  }

  /// A column.
  public struct Column: Sendable, Equatable {
    /// Its header.
    public var title: String
    /// Where its text stands.
    public var alignment: Alignment

    /// A column; figures stand right.
    public init(_ title: String, _ alignment: Alignment = .right) {
      self.title = title
      self.alignment = alignment
    }
  }

  /// The columns, from the left.
  public var columns: [Column]
  /// The rows; a row that is too short is filled up with empty cells.
  public var rows: [[String]]

  /// A table.
  public init(columns: [Column], rows: [[String]] = []) {
    self.columns = columns
    self.rows = rows
  }

  /// The table as lines that end in a newline, without blanks at their ends.
  public func text(characters: Characters = .unicode) -> String {
    let cells = ([columns.map(\.title)] + rows).map { row in
      columns.indices.map { index in
        Self.singleLine(index < row.count ? row[index] : "", characters)
      }
    }
    let widths = columns.indices.map { column in cells.map { Self.width(of: $0[column]) }.max() ?? 0 }
    let rule = String(repeating: characters == .unicode ? "─" : "-", count: max(0, widths.reduce(-2) { $0 + $1 + 2 }))
    var lines = cells.map { row in
      columns.indices.map { index in
        let blanks = String(repeating: " ", count: widths[index] - Self.width(of: row[index]))
        return columns[index].alignment == .left ? row[index] + blanks : blanks + row[index]
      }.joined(separator: "  ").trimmingBlanksAtEnd
    }
    lines.insert(rule, at: 1)
    return lines.joined(separator: "\n") + "\n"
  }

  /// Columns that a text takes in a terminal: two for a wide (East Asian) character or an emoji.
  static func width(of text: String) -> Int {
    text.reduce(0) { sum, character in
      guard let scalar = character.unicodeScalars.first?.value else { return sum }
      let isWide =
        (0x1100...0x115F).contains(scalar) || (0x2E80...0xA4CF).contains(scalar)
        || (0xAC00...0xD7A3).contains(scalar) || (0xF900...0xFAFF).contains(scalar)
        || (0xFE30...0xFE6F).contains(scalar) || (0xFF00...0xFF60).contains(scalar)
        || (0x1F300...0x1FAFF).contains(scalar) || (0x20000...0x3FFFD).contains(scalar)
      return sum + (isWide ? 2 : 1)
    }
  }

  /// A cell on one line, without control characters, in the characters that are allowed.
  private static func singleLine(_ text: String, _ characters: Characters) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) {
        result += " "
      } else if characters == .unicode || scalar.isASCII {
        result.unicodeScalars.append(scalar)
      } else {
        switch scalar {
        case "−", "–", "—", "─": result += "-"
        case "×": result += "x"
        case "…": result += "..."
        case "→": result += "->"
        case "✓": result += "yes"
        case "“", "”": result += "\""
        case "‘", "’": result += "'"
        case "µ": result += "u"
        case "·": result += "."
        case "\u{A0}", "\u{202F}": result += " "
        default: result += "?"
        }
      }
    }
    return result
  }
}

extension String {
  fileprivate var trimmingBlanksAtEnd: String {
    var text = self
    while text.hasSuffix(" ") { text.removeLast() }
    return text
  }
}
