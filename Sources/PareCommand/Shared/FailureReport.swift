import ArgumentParser
import Pare

/// What a command that threw says last, and the status it ends with.
struct FailureReport {
  /// The exit status.
  let status: Int32
  /// The text, ending in a newline; empty where there is nothing to say.
  let text: String
  /// Whether the text was asked for (help, version) and belongs on standard output.
  let wasAskedFor: Bool

  /// Makes the report of an error.
  init(_ error: any Error) {
    status = ExitStatus.of(error)
    wasAskedFor = status == 0
    if let error = error as? PareError {
      // A limit of Pare's, which scripts tell from a fault of the file by this.
      let kind = error.code == .unsupported ? "not supported: " : ""
      text = "pare: error: \(kind)\(error.description.onOneLine)\n"
    } else {
      let message = PareCommand.fullMessage(for: error)
      let marked = message.hasPrefix("Error: ") ? "pare: error: " + message.dropFirst(7) : message
      text = marked.isEmpty ? "" : marked + "\n"
    }
  }

  /// Writes the text where it belongs and gives the status.
  func deliver() -> Int32 {
    if wasAskedFor { print(text, terminator: "") } else { StandardError.write(text) }
    return status
  }
}

extension String {
  /// The text without line breaks, for messages that are one line.
  fileprivate var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
