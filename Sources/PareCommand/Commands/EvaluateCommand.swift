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

  @Argument(help: "An .onnx file or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var data: DataOptions

  @Option(help: ArgumentHelp("The split: train or test (val).", valueName: "name"))
  var split = SplitName.test

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let console = options.console
    let (network, dataset) = try data.open(for: try model.read(seed: options.seed), options)
    let accuracy = try AccuracyMeasurement.measure(
      network, on: try dataset.split(split), batchSize: data.batch, engine: Engine(threads: options.threads))
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
  }
}
