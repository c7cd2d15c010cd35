import Pare

/// The document of `pare infer`.
struct InferenceDocument: Encodable {
  /// A file that was written.
  struct Output: Encodable {
    let name: String
    let file: String
    let shape: [Int]
    let type: String
  }

  /// The files that were written, in the order of the network's outputs.
  var outputs: [Output] = []
  /// The likeliest classes of the image, best first.
  var top: [LikelyClass]?

  /// Shows the result as tables.
  func print(to console: Console) {
    if let top {
      var table = TerminalTable(columns: [.init("class", .left), .init("probability")])
      table.rows = top.map { [$0.label ?? String($0.index), NumberFormat.percent($0.probability)] }
      console.print(table)
    }
    guard !outputs.isEmpty else { return }
    if top != nil { console.print() }
    var table = TerminalTable(columns: [.init("output", .left), .init("shape", .left), .init("file", .left)])
    table.rows = outputs.map { [$0.name, "\($0.type) \(Shape($0.shape))", $0.file] }
    console.print(table)
  }
}
