import ArgumentParser
import Pare

/// `pare reparameterize`: branches that are summed become one convolution, or the other way round.
struct ReparameterizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reparameterize",
    abstract: "Merges branches that are summed into one convolution, as RepVGG does after training.",
    discussion: """
      Convolutions, batch normalisations and the identity that begin at one value and are summed are one convolution. \
      --expand gives each plain convolution of 3x3 or more, padded to keep its image, such branches for training, \
      branches that are there merged and normalisations folded first; \
      their statistics are neutral, so the first steps of training change what the network computes. The largest \
      difference of outputs on random images is printed, relative to the largest output.

        pare reparameterize trained-repvgg.onnx -o plain.onnx
        pare reparameterize plain.onnx --expand -o branched.onnx
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @Flag(help: "Add branches to plain convolutions in place of merging them.")
  var expand = false

  @OptionGroup var output: OutputOptions

  @OptionGroup
  var options: GlobalOptions

  private struct Document: Encodable {
    struct Side: Encodable {
      let parameters: Int
      let macs: Int
      let layers: Int
    }

    let output: String
    let file_bytes: Int
    let before: Side
    let after: Side
    let largest_difference: Double
  }

  func run() throws {
    let file = try output.file()
    let original = try weights.applied(to: model.read(seed: options.seed), options.console)
    let start = expand ? try original.graph.applying(BranchMerging(), BatchNormalizationFolding()) : original.graph
    var result = original
    result.graph = try expand ? start.applying(BranchExpansion(seed: options.seed)) : start.applying(BranchMerging())
    guard result.graph.nodes.count != start.nodes.count else {
      let kind =
        expand
        ? "plain convolution of 3x3, 5x5, ... that is padded by half of its window on every side"
        : "branches that can be merged"
      throw PareError(.badInput, "the network has no \(kind)", context: ["model": model.text])
    }
    result.history.append(expand ? "branches added" : "branches merged")
    let difference = try largestDifference(original.graph, result.graph)
    let bytes = try ModelFile.write(result, to: file)
    let document = Document(
      output: output.output, file_bytes: bytes, before: try side(original.graph), after: try side(result.graph),
      largest_difference: difference)
    var table = TerminalTable(columns: [.init("", .left), .init("before"), .init("after")])
    let rows: [(String, KeyPath<Document.Side, Int>)] = [
      ("parameters", \.parameters), ("MACs", \.macs), ("layers", \.layers),
    ]
    table.rows = rows.map { name, path in
      [name, NumberFormat.integer(document.before[keyPath: path]), NumberFormat.integer(document.after[keyPath: path])]
    }
    options.console.print(table)
    options.console.print("largest difference of outputs: \(NumberFormat.significant(difference)) of the largest")
    options.console.print("\(output.output): \(NumberFormat.bytes(bytes))")
    try options.console.printJSON(document)
  }

  private func side(_ graph: Graph) throws -> Document.Side {
    let costs = try graph.costs()
    return .init(
      parameters: costs.parameters, macs: costs.macs, layers: costs.layers.count { $0.macs > 0 || $0.parameters > 0 })
  }

  /// max |a - b| / max |a| over all outputs, for inputs of normal random numbers.
  private func largestDifference(_ before: Graph, _ after: Graph) throws -> Double {
    var random = RandomSource(seed: options.seed)
    var inputs: [String: Tensor] = [:]
    for port in before.inputs {
      guard let shape = port.type.shape, port.type.dataType == .float32 else {
        throw PareError(.unsupported, "input \"\(port.name)\" is no float32 value of known shape, so it is not run")
      }
      inputs[port.name] = .normal(shape.bound(toBatch: 2), from: &random)
    }
    let engine = options.engine()
    let expected = try SingleRun.outputs(of: before, for: inputs, engine: engine)
    let found = try SingleRun.outputs(of: after, for: inputs, engine: engine)
    var (difference, largest) = (0.0, 0.0)
    for (name, tensor) in expected {
      let values = tensor.doubles
      largest = values.reduce(largest) { max($0, abs($1)) }
      difference = zip(values, found[name]!.doubles).reduce(difference) { max($0, abs($1.0 - $1.1)) }
    }
    return largest > 0 ? difference / largest : difference
  }
}
