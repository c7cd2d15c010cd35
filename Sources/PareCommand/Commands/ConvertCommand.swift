import ArgumentParser
import Pare

/// `pare convert`: reads a network and writes it again.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Reads a network and writes it as ONNX, operator set 17, or as .pare.",
    discussion: """
      Shape arithmetic is folded away; names, order, types and shapes of inputs and outputs stay as they were. A .pare file holds each weight in the shortest of several forms, bit for bit: the zeros \
      of a pruned network take almost no room.

        pare convert exported.onnx -o clean.onnx
        pare convert pruned.onnx -o pruned.pare
        pare convert zoo:resnet20 --fold -o resnet20.onnx
        pare convert zoo:resnet18 --weights resnet18.safetensors -o resnet18.onnx
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @OptionGroup var output: OutputOptions

  @Option(help: ShapeArgument.help)
  var input: [ShapeArgument] = []

  @Flag(help: "Fold batch normalisations into the convolutions before them.")
  var fold = false

  @OptionGroup
  var options: GlobalOptions

  private struct Document: Encodable {
    struct Side: Encodable {
      let file_bytes: Int
    }

    let output: String
    let file_bytes: Int
    let before: Side
    let after: Side
  }

  func run() throws {
    let file = try output.file()
    var network = try weights.applied(to: model.read(shapes: input, seed: options.seed), options.console)
    let before = try model.fileBytes(of: network)
    if fold { network.graph = try network.graph.applying(BatchNormalizationFolding(), StandardCleanup()) }
    let bytes = try ModelFile.write(network, to: file)
    let share = NumberFormat.percent(Double(bytes) / Double(max(before, 1)), digits: 1)
    options.console.print(
      "\(output.output): \(NumberFormat.bytes(bytes)), \(share) of the \(NumberFormat.bytes(before)) of \(model.text)")
    try options.console.printJSON(
      Document(
        output: output.output, file_bytes: bytes, before: .init(file_bytes: before), after: .init(file_bytes: bytes)))
  }
}
