import Foundation

/// Command lines as a shell reads them.
enum ShellText {
  /// Arguments as a command, quoted where they need it; a line for each option when one line would be long.
  static func command(_ arguments: [String], width: Int = 80) -> String {
    let words = arguments.map(quoted)
    let line = words.joined(separator: " ")
    guard line.count > width else { return line }
    return words.reduce("") { text, word in
      text.isEmpty ? word : text + (word.hasPrefix("-") ? " \\\n  " : " ") + word
    }
  }

  private static func quoted(_ argument: String) -> String {
    let isPlain = !argument.isEmpty && argument.unicodeScalars.allSatisfy { isSafe($0) }
    return isPlain ? argument : "'" + argument.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }

  private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "=", ".", ",", "/", ":", "@", "%", "+": true
    default: false
    }
  }
}
