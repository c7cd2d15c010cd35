/// A piece of markup. Text that is interpolated into its literals is escaped; other markup is inserted as it is:
///
///     let cell: HTML = "<td>\(layer.name)</td>"      // escaped
///     let row: HTML = "<tr>\(cell)</tr>"             // not escaped twice
struct HTML: ExpressibleByStringInterpolation, Sendable, Equatable {
  /// The markup as text.
  private(set) var markup: String

  init(stringLiteral value: String) { markup = value }

  init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

  /// Markup of our own making that is only known at run time.
  init(trusted markup: String) { self.markup = markup }

  /// Pieces one after the other, a line each.
  init(_ pieces: [HTML?]) { markup = pieces.compactMap { $0?.markup }.joined(separator: "\n") }

  static func + (left: HTML, right: HTML) -> HTML { HTML(trusted: left.markup + right.markup) }

  /// Collects a literal's pieces.
  struct StringInterpolation: StringInterpolationProtocol {
    var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { markup += literal }
    mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }
    mutating func appendInterpolation(_ number: Int) { markup += String(number) }
    mutating func appendInterpolation(_ html: HTML?) { markup += html?.markup ?? "" }
    mutating func appendInterpolation(_ pieces: [HTML?]) { markup += HTML(pieces).markup }
    /// A length or position in a drawing, to a hundredth.
    mutating func appendInterpolation(at value: Double) { markup += HTML.coordinate(value) }
  }

  /// Text with the five characters that mean something in markup replaced and control characters dropped.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      default:
        if scalar.value >= 0x20, !(0x7F..<0xA0).contains(scalar.value) { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }

  private static func coordinate(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    let hundredths = Int((value * 100).rounded())
    let whole = abs(hundredths) / 100
    let rest = abs(hundredths) % 100
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    return "\(sign)\(whole)." + (rest % 10 == 0 ? "\(rest / 10)" : rest < 10 ? "0\(rest)" : "\(rest)")
  }
}
