import Pare

/// How a compression is shown while it runs, and what it gave.
final class CompressionDisplay {
  private let progress: Progress
  private var epochs = 0
  private let console: Console

  init(_ console: Console) {
    self.console = console
    progress = Progress(console)
  }

  /// Callbacks that draw.
  var observer: CompressionObserver {
    var observer = CompressionObserver()
    observer.onStage = { [self] number, count, title in
      progress.finish()
      progress.line("[\(number)/\(count)] \(title)")
    }
    observer.onTraining = { [self] now in
      epochs = now.epochs
      progress.update(
        "epoch \(now.epoch)/\(now.epochs)  loss \(NumberFormat.decimal(now.loss, digits: 4))", done: now.step,
        total: now.steps, rate: "\(NumberFormat.integer(Int(now.imagesPerSecond))) images/s",
        secondsLeft: now.secondsLeft)
    }
    observer.onEpoch = { [self] in progress.line("      " + TrainingDisplay.text(of: $0, epochs: max(epochs, $0.epoch)))
    }
    observer.onWork = { [self] what, done, total in progress.update(what, done: done, total: total) }
    observer.onNote = { [self] in progress.line("      " + $0) }
    return observer
  }

  /// Takes the bar away.
  func finish() { progress.finish() }

  /// Prints the tables and the verdict.
  static func show(_ document: ReportDocument, on console: Console) {
    console.print(document.summaryTable())
    if document.stages.count > 1 { console.print(document.stagesTable()) }
    for note in document.notes { console.print("note: \(note)") }
    if let verdict = document.verdict {
      console.print("ship it? \(verdict.ship.rawValue)")
      for reason in verdict.reasons { console.print("  - \(reason)") }
    }
  }

  /// How far a target was missed.
  static func shortfall(_ target: ReportDocument.Target) -> String {
    let asked = target.asked.map { NumberFormat.decimal($0, digits: 4) } ?? "?"
    let reached = target.reached.map { NumberFormat.decimal($0, digits: 4) } ?? "?"
    return "target \(target.kind)=\(asked) not reached: \(target.kind) is \(reached); the best found is written"
  }

  /// Stages with their times.
  static func table(of plan: [CompressionEstimate]) -> TerminalTable {
    TerminalTable(
      columns: [.init("stage", .left), .init("takes about")],
      rows: plan.map { [$0.title, NumberFormat.duration($0.seconds)] })
  }
}
