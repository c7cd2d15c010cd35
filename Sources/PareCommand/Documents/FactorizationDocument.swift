import Pare

/// The document of `pare factorize`, as tables and as JSON.
struct FactorizationDocument: Encodable {
  /// The network on one side of the change.
  struct Side: Encodable {
    let top1: Double?
    let parameters: Int
    let macs: Int
    let fileBytes: Int
    let latencyMs: Double

    private enum CodingKeys: String, CodingKey {
      case top1, parameters, macs
      case fileBytes = "file_bytes"
      case latencyMs = "latency_ms"
    }

    /// Counts a network's costs.
    init(_ model: Model, fileBytes: Int, _ latency: Latency, _ accuracy: Accuracy?) throws {
      let costs = try model.graph.costs()
      (parameters, macs, self.fileBytes) = (costs.parameters, costs.macs, fileBytes)
      (latencyMs, top1) = (latency.milliseconds.p50, accuracy?.top1)
    }
  }

  /// A replaced layer, with the shares that are left.
  private struct Layer: Encodable {
    let record: FactorizationReport.Layer

    private enum CodingKeys: String, CodingKey {
      case parameterRatio = "parameter_ratio"
      case macRatio = "mac_ratio"
    }

    func encode(to encoder: any Encoder) throws {
      try record.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(record.parameterRatio, forKey: .parameterRatio)
      try container.encode(record.macRatio, forKey: .macRatio)
    }
  }

  private let output: String
  private let method: String
  private let before: Side
  private let after: Side
  private let layers: [Layer]
  private let skipped: [FactorizationReport.Skipped]

  /// Puts together what is known.
  init(output: String, report: FactorizationReport, before: Side, after: Side) {
    (self.output, method, self.before, self.after) = (output, report.method, before, after)
    (layers, skipped) = (report.layers.map(Layer.init), report.skipped)
  }

  /// Shows the layers, those that stay, and the network before and after.
  /// - Throws: `PareError.usage` for a method that is not there.
  func print(to console: Console) throws {
    console.print(try layersTable())
    for layer in skipped { console.note("\(layer.name) stays: \(layer.reason)") }
    console.print()
    console.print(totalsTable())
  }

  private func layersTable() throws -> TerminalTable {
    let formula = try FactorizationMethods.named(method).ratioFormula
    var table = TerminalTable(columns: [
      .init("layer", .left), .init("weights", .left), .init("error"), .init(formula), .init("parameters left"),
      .init("MACs left"),
    ])
    table.rows = layers.map { layer in
      let record = layer.record
      return [
        record.name, Shape(record.weights).description, NumberFormat.percent(record.relativeError),
        NumberFormat.decimal(record.expectedRatio, digits: 4), NumberFormat.decimal(record.parameterRatio, digits: 4),
        NumberFormat.decimal(record.macRatio, digits: 4),
      ]
    }
    return table
  }

  private func totalsTable() -> TerminalTable {
    var table = TerminalTable(columns: [.init(output, .left), .init("before"), .init("after"), .init("of original")])
    func row(_ name: String, _ value: (Side) -> Double?, _ text: (Double?) -> String) {
      guard let first = value(before), let last = value(after) else { return }
      table.rows.append([name, text(first), text(last), NumberFormat.share(last, of: first)])
    }
    row("top-1", { $0.top1 }) { NumberFormat.percent($0) }
    row("parameters", { Double($0.parameters) }) { NumberFormat.integer($0.map { Int($0) }) }
    row("MACs", { Double($0.macs) }) { NumberFormat.integer($0.map { Int($0) }) }
    row("file", { Double($0.fileBytes) }) { NumberFormat.bytes($0.map { Int($0) }) }
    row("latency, batch 1", { $0.latencyMs }) { NumberFormat.milliseconds($0) }
    return table
  }
}
