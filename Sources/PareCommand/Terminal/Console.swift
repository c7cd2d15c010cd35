import Foundation
import Pare

/// What a command tells: results on standard output, as text or as one JSON document; notes on standard error.
struct Console {
  /// Whether results are JSON.
  let isJSON: Bool
  /// Whether notes and progress are left out.
  let isQuiet: Bool
  /// Which characters tables may use.
  let characters: TerminalTable.Characters

  /// A console as the options ask for.
  init(_ options: GlobalOptions) {
    isJSON = options.json
    isQuiet = options.quiet
    characters = Self.characters(in: ProcessInfo.processInfo.environment)
  }

  /// Prints a table; nothing where results are JSON.
  func print(_ table: TerminalTable) { print(table.text(characters: characters), terminator: "") }

  /// Prints a line; nothing where results are JSON.
  func print(_ text: String = "", terminator: String = "\n") {
    if !isJSON { Swift.print(text, terminator: terminator) }
  }

  /// Prints a document as JSON: indented, keys sorted; nothing where results are text.
  /// - Throws: what the document's encoding throws.
  func printJSON(_ document: some Encodable) throws {
    guard isJSON else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Swift.print(String(decoding: try encoder.encode(document), as: UTF8.self))
  }

  /// Says something on standard error that a person may want to know; nothing with `--quiet`.
  func note(_ text: String) {
    if !isQuiet { StandardError.write("pare: \(text)\n") }
  }

  /// Box-drawing characters, unless the locale says that the terminal has only others.
  static func characters(in environment: [String: String]) -> TerminalTable.Characters {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    guard let locale = locale?.lowercased() else { return .unicode }
    return locale.contains("utf-8") || locale.contains("utf8") ? .unicode : .ascii
  }
}
