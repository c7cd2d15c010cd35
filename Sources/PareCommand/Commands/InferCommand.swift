import ArgumentParser
import Foundation
import Pare

/// `pare infer`: runs a network on arrays or on an image.
struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer",
    abstract: "Runs a network on NPY arrays, or on an image.",
    discussion: """
      Arrays go into the network as they are and come out as DIR/<output name>.npy; characters that a file name \
      cannot hold become _. An image is resized, cropped and normalised as the model's metadata says, and the five \
      likeliest classes are printed.

        pare infer resnet20.onnx --input input=x.npy --output-dir out
        pare infer resnet20.onnx --image cat.jpg
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @Option(help: ArgumentHelp("An input's array, for each input of the network.", valueName: "name=file.npy"))
  var input: [ArrayArgument] = []

  @Option(help: ArgumentHelp("The folder to write outputs to, made where it is missing.", valueName: "dir"))
  var outputDir: String?

  @Flag(help: "Replace files that exist.")
  var force = false

  @Option(help: ArgumentHelp("A JPEG or PNG to classify.", valueName: "file"))
  var image: String?

  @OptionGroup var preparation: PreparationOptions

  @OptionGroup
  var options: GlobalOptions

  func validate() throws {
    guard image == nil || input.isEmpty else { throw ValidationError("give either --image or --input") }
    guard image != nil || outputDir != nil else {
      throw ValidationError("give --output-dir for the outputs of --input, or --image")
    }
    guard Set(input.map(\.name)).count == input.count else { throw ValidationError("an --input stands twice") }
  }

  func run() throws {
    let console = options.console
    let (network, arrays) = try image.map(readForImage) ?? readForArrays()
    let outputs = try SingleRun.outputs(of: network.graph, for: arrays, engine: options.engine())
    var document = InferenceDocument()
    if image != nil {
      let scores = try ClassScores(of: network.graph)
      document.top = outputs[scores.output].map {
        LikelyClass.top(of: $0, form: scores.form, labels: network.labels)
      }
      guard document.top?.allSatisfy(\.probability.isFinite) ?? true else {
        throw PareError(
          .badInput, "the network's scores for this image are not finite numbers; its weights are damaged or too large",
          context: ["output": scores.output])
      }
    }
    if let outputDir {
      let folder = try OutputFolder(outputDir, replaces: force)
      for port in network.graph.outputs {
        guard let tensor = outputs[port.name] else { continue }
        let file = try folder.file(named: port.name, extension: "npy")
        try NPY.write(tensor, to: file)
        document.outputs.append(
          .init(name: port.name, file: file, shape: tensor.shape.dimensions, type: tensor.dataType.rawValue))
      }
    }
    document.print(to: console)
    try console.printJSON(document)
  }

  /// The network on raw pixels, and the image's.
  private func readForImage(_ image: String) throws -> (Model, [String: Tensor]) {
    let read = try weights.applied(to: model.read(seed: options.seed), options.console)
    var network = try preparation.applied(to: read)
    guard let wanted = try network.preparation, let port = network.graph.inputs.first else {
      throw PareError(.badInput, "the network's first input is no image; give arrays with --input")
    }
    let pixels = try Split.image(image, preparation: wanted, inputName: port.name).batch([0]).inputs
    network.graph = try network.graphOnRawPixels()
    return (network, pixels)
  }

  /// The network compiled for the arrays, and those that it still reads.
  private func readForArrays() throws -> (Model, [String: Tensor]) {
    var arrays: [String: Tensor] = [:]
    for argument in input { arrays[argument.name] = try NPY.read(argument.path) }
    guard let file = model.file else {
      return (try weights.applied(to: model.read(seed: options.seed), options.console), arrays)
    }
    let (network, inputs) = try ModelFile.read(file, toRunOn: arrays)
    return (try weights.applied(to: network, options.console), inputs)
  }
}
