import ArgumentParser
import Pare

/// `pare evaluate`: how often a network is right.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures top-1, top-5 and loss on a whole split.",
    discussion: """
      Images are resized and centre-cropped to the network's size. --mean and --std are only needed where the model \
      does not carry them.

        pare evaluate digits.onnx --data digits
        pare evaluate resnet20.onnx --data imagefolder:cifar10 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @OptionGroup var data: DataOptions

  @Option(help: ArgumentHelp("The split: train or test (val).", valueName: "name"))
  var split = SplitName.test

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let console = options.console
    let read = try weights.applied(to: model.read(seed: options.seed), console)
    let (network, dataset) = try data.open(for: read, options)
    let engine = options.engine()
    let samples = try dataset.split(split)
    let accuracy = try AccuracyMeasurement.measure(network, on: samples, batchSize: data.batch, engine: engine)
    var table = TerminalTable(columns: [.init(model.text, .left), .init(split.rawValue)])
    table.rows = [
      ["top-1", NumberFormat.percent(accuracy.top1)],
      ["top-5", NumberFormat.percent(accuracy.top5)],
      ["loss", NumberFormat.decimal(accuracy.loss, digits: 4)],
      ["samples", NumberFormat.integer(accuracy.count)],
      ["took", NumberFormat.duration(accuracy.seconds)],
      ["samples a second", NumberFormat.significant(Double(accuracy.count) / max(accuracy.seconds, 1e-9))],
    ]
    console.print(table)
    try console.printJSON(accuracy)
    if model.file != nil, !options.quiet { try adviseNearChance(accuracy, network, samples, engine) }
  }

  /// Says so where a trained network scores hardly better than chance, with what other preparations would score.
  private func adviseNearChance(
    _ accuracy: Accuracy, _ network: Model, _ samples: Split, _ engine: Engine
  ) throws {
    do {
      try ChanceCheck(engine: engine).verify(accuracy, of: network, on: samples)
    } catch let error as PareError where error.code == .badInput {
      options.console.note(error.message)
    }
  }
}
