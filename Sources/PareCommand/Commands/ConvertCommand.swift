import ArgumentParser
import Pare

/// `pare convert`: reads a network and writes it again.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Reads a network and writes it as ONNX, operator set 17.",
    discussion: """
      Shape arithmetic is folded away; names, order, types and shapes of inputs and outputs stay as they were.

        pare convert exported.onnx -o clean.onnx
        pare convert zoo:resnet20 --fold -o resnet20.onnx
        pare convert zoo:resnet18 --weights resnet18.safetensors -o resnet18.onnx
      """)

  @Argument(help: "An .onnx file or zoo:NAME.")
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
    let output: String
    let file_bytes: Int
  }

  func run() throws {
    let file = try output.file()
    var network = try weights.applied(to: model.read(shapes: input, seed: options.seed), options.console)
    if fold { network.graph = try network.graph.applying(BatchNormalizationFolding(), StandardCleanup()) }
    let bytes = try ONNXFile.write(network, to: file)
    options.console.print("\(output.output): \(NumberFormat.bytes(bytes))")
    try options.console.printJSON(Document(output: output.output, file_bytes: bytes))
  }
}
