import ArgumentParser
import Pare

/// `pare profile`: how long a network takes on this machine.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Measures latency, whole and per layer.",
    discussion: """
      Runs warm up first and are then repeated on random inputs; each layer's time is the median of a few runs. \
      A layer marked "reference" has no fast kernel. GFLOP/s count a multiply-accumulate as two operations; "of peak" \
      is their share of what this machine reaches at best, measured in the same run; "moved" is what a layer reads and \
      writes at least. Energy is shown where the processor's counters can be read. Layers whose weights are mostly zero \
      run sparse where that is faster on this machine, and say how many weights they multiply with.

        pare profile resnet20.onnx
        pare profile resnet20.onnx --batch 16 --threads 1 --json
        pare profile zoo:resnet20 --training --batch 128 --precision bf16
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @Option(help: ArgumentHelp("Samples in a run.", valueName: "n"))
  var batch = 1

  @Option(help: ShapeArgument.help)
  var input: [ShapeArgument] = []

  @Option(
    help: ArgumentHelp(
      "Runs that are measured. (default: at least 50, or 20 training steps, and a second's worth)", valueName: "n"))
  var repeats: Int?

  @Flag(help: "Measure a training step (forward, backward, SGD with momentum) in place of inference.")
  var training = false

  @Option(
    help: ArgumentHelp(
      "Weights that are mostly zero: measured (each layer runs in the form that is faster), always (sparse, by a fixed rule) or never.",
      valueName: "choice"))
  var sparseWeights = ProgramOptions.SparseWeights.measured

  @OptionGroup var numbers: PrecisionOption

  @OptionGroup
  var options: GlobalOptions

  func validate() throws {
    guard (1...65_536).contains(batch) else {
      throw ValidationError("--batch \(batch): give a number from 1 to 65536")
    }
    if let repeats, !(1...10_000).contains(repeats) {
      throw ValidationError("--repeats \(repeats): give a number from 1 to 10000")
    }
  }

  func run() throws {
    let console = options.console
    let network = try weights.applied(to: model.read(shapes: input, seed: options.seed), console)
    let engine = options.engine()
    numbers.check(options.console)
    var measurement = LatencyMeasurement()
    if training { measurement.runs = 20 }
    if let repeats { (measurement.runs, measurement.limit, measurement.seconds) = (repeats, repeats, 0) }
    let latency =
      training
      ? try TrainingLatency.measure(
        network, batch: batch, measurement, precision: numbers.precision, engine: engine)
      : try measurement.measure(
        network.graph, batch: batch, precision: numbers.precision, sparseWeights: sparseWeights, engine: engine)
    let profile = ProfileTables(latency)
    if !latency.layers.isEmpty {
      console.print(profile.layers())
      console.print()
    }
    console.print(profile.totals(title: model.text))
    try console.printJSON(latency)
  }
}

extension ProgramOptions.SparseWeights: ExpressibleByArgument {}
