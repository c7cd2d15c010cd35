import Foundation

extension ReportDocument {
  /// The document as JSON: UTF-8, indented, keys sorted, ending in a newline; the same document gives the same bytes.
  ///
  /// A figure that is not finite (the loss of a training that diverged, say) becomes `null`: JSON has no NaN.
  public func jsonData() throws -> Data {
    var document = self
    if let mean = data?.mean, !mean.allSatisfy(\.isFinite) { document.data?.mean = nil }
    if let std = data?.std, !std.allSatisfy(\.isFinite) { document.data?.std = nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    // The control characters keep the mark apart from any text that a document holds.
    let mark = "\u{1}not finite\u{1}"
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: mark, negativeInfinity: mark, nan: mark)
    let text = String(decoding: try encoder.encode(document), as: UTF8.self)
      .replacingOccurrences(of: "\"\\u0001not finite\\u0001\"", with: "null")
    return Data((text + "\n").utf8)
  }

  /// Reads what `jsonData()` wrote; keys that it does not know are passed over.
  ///
  /// - Throws: `DecodingError`, which names the key that is missing or of the wrong type.
  public init(jsonData: Data) throws {
    self = try JSONDecoder().decode(ReportDocument.self, from: jsonData)
  }

  /// The document with every figure that is not finite left out.
  func finite() -> ReportDocument {
    (try? ReportDocument(jsonData: jsonData())) ?? self
  }

  /// A date as `created` has it: ISO 8601, UTC, whole seconds.
  public static func timestamp(of date: Date) -> String {
    date.formatted(.iso8601)
  }
}
