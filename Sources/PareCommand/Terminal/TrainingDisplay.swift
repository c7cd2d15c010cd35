import Pare

/// How a training is shown while it runs: a bar within an epoch, a line for each epoch that is done.
final class TrainingDisplay {
  private let progress: Progress
  private let epochs: Int

  /// A display for so many epochs.
  init(_ console: Console, epochs: Int) {
    progress = Progress(console)
    self.epochs = epochs
  }

  /// Shows a trainer's progress from now on.
  func follow(_ trainer: inout Trainer) {
    trainer.onProgress = { [self] in update($0) }
    trainer.onEpoch = { [self] in progress.line(Self.text(of: $0, epochs: epochs)) }
  }

  /// Takes the bar away.
  func finish() { progress.finish() }

  private func update(_ now: TrainingProgress) {
    progress.update(
      "epoch \(now.epoch)/\(now.epochs)  loss \(NumberFormat.decimal(now.loss, digits: 4))", done: now.step,
      total: now.steps, rate: "\(NumberFormat.integer(Int(now.imagesPerSecond))) images/s",
      secondsLeft: now.secondsLeft)
  }

  /// An epoch on one line, columns aligned over the lines.
  static func text(of record: EpochRecord, epochs: Int) -> String {
    let epoch = padded(String(record.epoch), to: String(epochs).count)
    var parts = ["epoch \(epoch)/\(epochs)", "loss \(NumberFormat.decimal(record.trainLoss, digits: 4))"]
    for part in record.parts.sorted(by: { $0.key < $1.key }) {
      parts.append("\(part.key) \(NumberFormat.decimal(part.value, digits: 4))")
    }
    if let top1 = record.top1 { parts.append("held-out top-1 \(padded(NumberFormat.percent(top1), to: 8))") }
    parts.append("\(padded(NumberFormat.integer(Int(record.imagesPerSecond)), to: 7)) images/s")
    let isShort = record.seconds < 1
    parts.append(isShort ? NumberFormat.milliseconds(1000 * record.seconds) : NumberFormat.duration(record.seconds))
    return parts.joined(separator: "  ")
  }

  private static func padded(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
