/// How targets are worded.
enum TargetText {
  /// The kind in words: `size on disk` for `size`.
  static func name(of target: ReportDocument.Target) -> String {
    switch target.kind {
    case "macs": "MACs"
    case "parameters": "parameters"
    case "channels": "channels"
    case "size": "size on disk"
    case "pare_size": "size of the .pare file"
    case "memory": "memory"
    case "latency": "latency"
    case "fps": "images a second"
    default: target.kind
    }
  }

  /// An amount in the target's unit: `25 % of original`, `500 kB`, `5 ms`.
  static func amount(_ value: Double, of target: ReportDocument.Target) -> String {
    guard value.isFinite else { return NumberFormat.missing }
    guard target.absolute else { return percent(value) + " % of original" }
    switch target.kind {
    case "latency": return NumberFormat.milliseconds(value)
    case "size", "pare_size", "memory": return NumberFormat.bytes(Int(clamping: value))
    case "macs", "parameters", "channels": return NumberFormat.compact(Int(clamping: value))
    default: return NumberFormat.significant(value)
    }
  }

  /// Percent to three digits without zeros at the end: `25`, `12.5`.
  private static func percent(_ fraction: Double) -> String {
    let text = NumberFormat.significant(100 * fraction)
    guard text.contains(".") else { return text }
    let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(trimmed.reversed())
  }

  /// An amount for a table: what was asked with its direction (`at most 5 ms`, `at least 30` images a second), what was
  /// reached without repeating what the share is of.
  static func amountOrMissing(_ value: Double?, of target: ReportDocument.Target, asked: Bool) -> String {
    guard let value, value.isFinite else { return NumberFormat.missing }
    if !asked, !target.absolute { return percent(value) + " %" }
    let direction = asked ? (target.kind == "fps" ? "at least " : "at most ") : ""
    return direction + amount(value, of: target)
  }
}

extension Int {
  /// The nearest whole number, held within what an `Int` can be.
  fileprivate init(clamping value: Double) {
    self = value >= 9.2e18 ? .max : value <= -9.2e18 ? .min : Int(value.rounded())
  }
}
