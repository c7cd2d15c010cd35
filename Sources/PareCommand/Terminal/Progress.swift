import Foundation
import Pare

/// How far a long piece of work has come: a bar with rate and time left on a terminal, a line an item when piped,
/// nothing with `--quiet`.
///
/// Confined to its user.
final class Progress {
  private enum Form { case bar, lines, none }

  private let form: Form
  private let characters: TerminalTable.Characters
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant?
  private var isDrawn = false

  /// Starts the clock.
  init(_ console: Console) {
    form = console.isQuiet ? .none : StandardError.isTerminal ? .bar : .lines
    characters = console.characters
    start = clock.now
  }

  /// Draws the bar, at most ten times a second; piped output shows nothing of it.
  ///
  /// - Parameters:
  ///   - title: what is going on.
  ///   - done: items done of `total`.
  ///   - rate: what a second achieves, already written: `12,345 images/s`.
  ///   - secondsLeft: the time left; where nil it follows from the pace so far.
  func update(_ title: String, done: Int, total: Int, rate: String = "", secondsLeft: Double? = nil) {
    guard form == .bar else { return }
    let now = clock.now
    if let lastDrawn, lastDrawn.duration(to: now) < .milliseconds(100), done < total { return }
    lastDrawn = now
    isDrawn = true
    let share = total > 0 ? Double(done) / Double(total) : 0
    let elapsed = start.duration(to: now) / .seconds(1)
    let left = secondsLeft ?? (share > 0 ? elapsed * (1 - share) / share : nil)
    let text = ProgressBar(characters: characters).text(
      title, share: share, rate: rate, secondsLeft: left, columns: StandardError.columns)
    StandardError.write("\r\u{1B}[K" + text)
  }

  /// Writes a line that stays, in place of the bar.
  func line(_ text: String) {
    guard form != .none else { return }
    StandardError.write((isDrawn ? "\r\u{1B}[K" : "") + text + "\n")
    isDrawn = false
  }

  /// Takes the bar away.
  func finish() {
    if isDrawn { StandardError.write("\r\u{1B}[K") }
    isDrawn = false
  }
}

/// The text of a progress bar: `epoch 3/15 ━━━━━━━━──────── 50 %  12,345 images/s  4.2 s left`.
struct ProgressBar {
  /// Which characters may be used.
  var characters: TerminalTable.Characters

  /// One line of at most `columns` characters.
  func text(_ title: String, share: Double, rate: String, secondsLeft: Double?, columns: Int) -> String {
    let share = min(1, max(0, share))
    let width = max(8, min(30, columns - title.count - rate.count - 30))
    let filled = Int((share * Double(width)).rounded())
    let (full, empty) = characters == .unicode ? ("━", "─") : ("#", ".")
    let bar = String(repeating: full, count: filled) + String(repeating: empty, count: width - filled)
    let percent = String(format: "%3d %%", Int(100 * share))
    var parts = ["\(title) \(bar) \(percent)"]
    if !rate.isEmpty { parts.append(rate) }
    if let secondsLeft { parts.append(NumberFormat.duration(secondsLeft) + " left") }
    return String(parts.joined(separator: "  ").prefix(max(columns - 1, 1)))
  }
}
