import Pare

/// What `pare inspect` shows of a network, as tables and as a document.
struct Inspection: Encodable {
  private let model: Model
  private let costs: GraphCosts
  private let fileBytes: Int
  private let norms: FilterNorms?
  /// How the file holds the weights; nil for a file that holds them all as they are.
  var stored: [StoredWeight]?

  /// Puts together what is known.
  init(_ model: Model, costs: GraphCosts, fileBytes: Int, norms: FilterNorms? = nil) {
    self.model = model
    self.costs = costs
    self.fileBytes = fileBytes
    self.norms = norms
  }

  private var sparsity: Double {
    costs.parameters > 0 ? 1 - Double(costs.nonzeroParameters) / Double(costs.parameters) : 0
  }

  /// The layers, a row each: those that work or hold weights, or all.
  func layersTable(all: Bool) -> TerminalTable {
    var table = TerminalTable(columns: [
      .init("layer", .left), .init("operator", .left), .init("output", .left), .init("type", .left),
      .init("parameters"), .init("zero"), .init("MACs"), .init("weights"),
      .init("moved"), .init("MACs/byte"),
    ])
    let forms = stored.map(storedForms)
    if forms != nil { table.columns += [.init("stored as", .left), .init("in the file")] }
    table.rows = layers(all: all).map { layer in
      let zeros = layer.parameters - layer.nonzeroParameters
      return [
        layer.name, layer.op, layer.outputShape.map { Shape($0).description } ?? "?", layer.dataType ?? "?",
        layer.parameters > 0 ? NumberFormat.integer(layer.parameters) : "",
        zeros > 0 ? NumberFormat.percent(Double(zeros) / Double(layer.parameters), digits: 0) : "",
        layer.macs > 0 ? NumberFormat.compact(layer.macs) : "",
        layer.weightBytes > 0 ? NumberFormat.bytes(layer.weightBytes) : "",
        NumberFormat.bytes(layer.memoryAccessBytes),
        layer.macs > 0 ? NumberFormat.decimal(layer.macsPerByte, digits: 1) : "",
      ] + (forms.map { $0[layer.name] ?? ["", ""] } ?? [])
    }
    return table
  }

  /// By layer, how the weights that it is the first to read are stored, the largest first, and in how many bytes.
  private func storedForms(_ stored: [StoredWeight]) -> [String: [String]] {
    var open = Dictionary(stored.map { ($0.name, $0) }) { first, _ in first }
    var forms: [String: [String]] = [:]
    for node in model.graph.nodes {
      let weights = node.inputs.compactMap { open.removeValue(forKey: $0) }.sorted { $0.bytes > $1.bytes }
      guard !weights.isEmpty else { continue }
      var codecs: [String] = []
      for weight in weights where !codecs.contains(weight.codec) { codecs.append(weight.codec) }
      let bytes = weights.reduce(0) { $0 + $1.bytes }
      forms[node.name] = [codecs.joined(separator: ", "), NumberFormat.bytes(bytes)]
    }
    return forms
  }

  /// What to say of the layers that the table leaves out; nil where there are none.
  func remark(all: Bool) -> String? {
    let others = costs.layers.count - layers(all: all).count
    return others > 0 ? "and \(others) without weights (--all lists them)" : nil
  }

  private func layers(all: Bool) -> [LayerCost] { costs.layers.filter { all || $0.parameters > 0 || $0.macs > 0 } }

  /// The totals, a row each.
  func totalsTable(title: String) -> TerminalTable {
    var table = TerminalTable(columns: [.init(title, .left), .init("", .left)])
    func row(_ name: String, _ value: String) { table.rows.append([name, value]) }
    for port in model.graph.inputs { row("input \(port.name)", port.type.description) }
    for port in model.graph.outputs { row("output \(port.name)", port.type.description) }
    row("parameters", NumberFormat.integer(costs.parameters))
    row("of them zero", NumberFormat.percent(sparsity))
    row("MACs a sample", NumberFormat.integer(costs.macs))
    row("weights", NumberFormat.bytes(costs.weightBytes))
    row("file", NumberFormat.bytes(fileBytes))
    row("peak of activations, batch 1", NumberFormat.bytes(costs.peakActivationBytes))
    row("memory read and written, batch 1", NumberFormat.bytes(costs.memoryAccessBytes))
    row("operator set", String(model.opset))
    for (index, line) in model.history.enumerated() { row(index == 0 ? "history" : "", line) }
    return table
  }

  private enum Key: String, CodingKey {
    case sparsity, opset, producer, inputs, outputs, history, labels, norms, stored
    case fileBytes = "file_bytes"
  }

  private struct Port: Encodable {
    let name: String
    let type: String
    let shape: String?
  }

  private struct Stored: Encodable {
    let name: String
    let type: String
    let shape: [Int]
    let codec: String
    let bytes: Int
  }

  func encode(to encoder: any Encoder) throws {
    try costs.encode(to: encoder)
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(fileBytes, forKey: .fileBytes)
    try values.encode(sparsity, forKey: .sparsity)
    try values.encode(model.opset, forKey: .opset)
    try values.encode(model.producer, forKey: .producer)
    try values.encode(model.graph.inputs.map(Self.port), forKey: .inputs)
    try values.encode(model.graph.outputs.map(Self.port), forKey: .outputs)
    try values.encode(model.history, forKey: .history)
    try values.encodeIfPresent(model.labels, forKey: .labels)
    try values.encodeIfPresent(norms, forKey: .norms)
    let stored = stored?.map { weight in
      Stored(
        name: weight.name, type: weight.dataType.rawValue, shape: weight.shape.dimensions, codec: weight.codec,
        bytes: weight.bytes)
    }
    try values.encodeIfPresent(stored, forKey: .stored)
  }

  private static func port(_ port: GraphPort) -> Port {
    Port(name: port.name, type: port.type.dataType.rawValue, shape: port.type.shape?.description)
  }
}
