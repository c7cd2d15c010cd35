import Pare

/// The document of `pare train`.
struct TrainingDocument: Encodable {
  /// The file that was written.
  let output: String
  /// Its bytes.
  let fileBytes: Int
  /// A record for each epoch.
  let epochs: [EpochRecord]
  /// The written file on the test split; nil where there is none.
  let test: Accuracy?

  private enum CodingKeys: String, CodingKey {
    case output, epochs, test
    case fileBytes = "file_bytes"
  }

  /// Shows the result as a table.
  func print(to console: Console) {
    var table = TerminalTable(columns: [.init(output, .left), .init("")])
    if let test {
      table.rows.append(["top-1 on the test split", NumberFormat.percent(test.top1)])
      table.rows.append(["loss on the test split", NumberFormat.decimal(test.loss, digits: 4)])
      table.rows.append(["test samples", NumberFormat.integer(test.count)])
    }
    table.rows.append(["file", NumberFormat.bytes(fileBytes)])
    table.rows.append(["training took", NumberFormat.duration(epochs.reduce(0) { $0 + $1.seconds })])
    console.print(table)
  }
}
