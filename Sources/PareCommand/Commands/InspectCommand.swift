import ArgumentParser
import Pare

/// `pare inspect`: what a network consists of and what it costs.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Lists layers, shapes, parameters, MACs and bytes.",
    discussion: """
      MACs count the multiply-accumulates of convolutions and matrix products for one sample. Parameters are the \
      trainable numbers; running statistics and quantization scales are not counted. Of a .pare file it also lists in \
      which form each layer's weights are stored, and in how many bytes.

        pare inspect resnet20.onnx
        pare inspect detector.onnx --input 1x3x640x640 --json
        pare inspect resnet20.onnx --norms
        pare inspect pruned.pare
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @Option(help: ShapeArgument.help)
  var input: [ShapeArgument] = []

  @Flag(help: "List operators without weights too.")
  var all = false

  @Flag(
    help: "Show the norms of each layer's filters, and whether they suit criteria of pruning that compare norms.")
  var norms = false

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let network = try weights.applied(to: model.read(shapes: input, seed: options.seed), options.console)
    let norms = try self.norms ? FilterNorms(of: network.graph) : nil
    var inspection = Inspection(
      network, costs: try network.graph.costs(), fileBytes: try model.fileBytes(of: network), norms: norms)
    if weights.weights == nil { inspection.stored = try model.file.flatMap(PareFile.storedWeights) }
    let console = options.console
    console.print(inspection.layersTable(all: all))
    if let remark = inspection.remark(all: all) { console.print(remark) }
    console.print()
    if let norms {
      console.print(norms.table)
      console.print(norms.suggestion)
      console.print()
    }
    console.print(inspection.totalsTable(title: model.text))
    try console.printJSON(inspection)
  }
}
