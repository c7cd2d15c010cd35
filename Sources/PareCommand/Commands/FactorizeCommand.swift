import ArgumentParser
import Foundation
import Pare

/// `pare factorize`: layers that become several smaller ones.
struct FactorizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "factorize",
    abstract: "Replaces layers by smaller ones that together do nearly the same.",
    discussion: """
      The first convolution stays unless it is asked for, and so do 1x1, grouped and depthwise ones. The error of a \
      layer is the Frobenius norm of what its factors miss, relative to that of its weights. Train what comes out \
      (`pare train`, or the stage `factorize` in a recipe of `pare compress`): most networks lose much before.

        pare factorize resnet20.onnx -o separable.onnx
        pare factorize resnet20.onnx --layers 'layer2.*' 'layer3.*' --ignore '*.conv2' --data imagefolder:cifar10 \\
             -o separable.onnx
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @Option(
    help: ArgumentHelp(
      "What takes the place of a layer: "
        + FactorizationMethods.all.map { "\($0.identifier) (\($0.summary))" }.joined(separator: "; ") + ".",
      valueName: "name"))
  var method = DepthwiseSeparable.identifier

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Names of layers, or of their weights, to replace; * stands for any characters, ? for one. (default: all that can "
        + "be)", valueName: "pattern"))
  var layers: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Names of layers to leave alone, of those that --layers names.", valueName: "pattern"))
  var ignore: [String] = []

  @Flag(help: "Replace the first convolution too.")
  var includeFirst = false

  @Option(
    help: ArgumentHelp("Data to measure accuracy on before and after, as KIND:PATH. (default: none)", valueName: "data")
  )
  var data: String?

  @OptionGroup var preparation: PreparationOptions

  @OptionGroup var output: OutputOptions

  @OptionGroup
  var options: GlobalOptions

  func validate() throws {
    guard data != nil || preparation.isEmpty else {
      throw ValidationError("--mean, --std and --resize go with --data")
    }
    do {
      _ = try configuration()
    } catch let error as PareError {
      throw ValidationError(error.message)
    }
  }

  func run() throws {
    let console = options.console
    let file = try output.file()
    var original = try weights.applied(to: model.read(seed: options.seed), console)
    var dataset: Dataset?
    if let data {
      let opened = try DataOptions.open(data, preparation, for: original, options)
      (original, dataset) = (opened.model, opened.dataset)
    }
    let (factorized, report) = try Factorization(configuration()).compress(original)
    let bytes = try ModelFile.write(factorized, to: file)
    let written = try ModelFile.read(file)

    let engine = options.engine()
    let latencies = try InterleavedLatency().measure(original.graph, written.graph, engine: engine)
    let before = try FactorizationDocument.Side(
      original, fileBytes: model.fileBytes(of: original), latencies.0, accuracy(of: original, dataset, engine))
    let after = try FactorizationDocument.Side(
      written, fileBytes: bytes, latencies.1, accuracy(of: written, dataset, engine))
    let document = FactorizationDocument(output: output.output, report: report, before: before, after: after)
    try document.print(to: console)
    try console.printJSON(document)
  }

  private func configuration() throws -> FactorizationConfiguration {
    try FactorizationConfiguration(
      method: method, layers: layers.isEmpty ? ["*"] : layers, ignore: ignore, includesFirst: includeFirst)
  }

  /// The accuracy on the test split; nil without data or labels.
  private func accuracy(of network: Model, _ dataset: Dataset?, _ engine: Engine) throws -> Accuracy? {
    guard let split = try dataset?.split(.test), split.labels != nil else { return nil }
    return try AccuracyMeasurement.measure(network, on: split, batchSize: 250, engine: engine)
  }
}
