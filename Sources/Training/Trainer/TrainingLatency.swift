import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// Measures how long a training step takes on this machine: forward, backward and update on one batch of random
/// numbers, with cross-entropy on the first output and the configuration's optimizer.
public enum TrainingLatency {
  /// Compiles and measures. Layers are those of forward and backward.
  /// - Throws: `PareError.unsupported` where an operator cannot be trained, `PareError.badInput` where the first output
  ///   is not one score a class.
  public static func measure(
    _ model: Model, batch: Int, _ measurement: LatencyMeasurement = LatencyMeasurement(),
    precision: ProgramOptions.Precision = .float32, engine: Engine
  ) throws -> Latency {
    var configuration = TrainingConfiguration(epochs: 1, batchSize: batch, rate: 1e-3)
    configuration.precision = precision
    let before = PeakMemory.mebibytes
    let clock = ContinuousClock()
    let started = clock.now
    let step = try TrainingStep(
      model.graph, configuration: configuration, objective: CrossEntropy(), teacher: nil, engine: engine)
    let compileMs = started.duration(to: clock.now).milliseconds
    let samples = try randomBatch(for: model.graph, count: batch)
    func seconds() throws -> Double {
      try clock.measure {
        _ = try step.accumulate(samples, at: TrainingMoment(update: 0, updates: 1, epoch: 0))
        try step.apply(batches: 1, rate: configuration.rate)
      }.seconds
    }
    var warm = [try seconds(), try seconds()]
    while warm.reduce(0, +) < measurement.warmup { warm.append(try seconds()) }
    var measured: [Double] = []
    var total = 0.0
    while measured.count < measurement.limit, measured.count < measurement.runs || total < measurement.seconds {
      measured.append(try seconds())
      total += measured[measured.count - 1]
    }
    let growth = before.flatMap { before in PeakMemory.mebibytes.map { $0 - before } }
    let peak = measurement.layerRuns > 0 ? try MachinePeak.measure(on: engine) : nil
    var latency = Latency(
      batch: batch, threads: engine.threads, compileMs: compileMs, seconds: measured,
      layers: try measurement.layers(of: step.program, peak: peak), peak: peak)
    latency.growthMiB = growth
    return latency
  }

  /// Uniform inputs in [0, 1) and labels that go round.
  private static func randomBatch(for graph: Graph, count: Int) throws -> Batch {
    var random = RandomSource(seed: 0)
    var inputs: [String: Tensor] = [:]
    for port in graph.inputs {
      guard let shape = port.type.shape?.bound(toBatch: count) else {
        throw PareError(.unsupported, "the shape of input \"\(port.name)\" is unknown; give it with --input")
      }
      let isFloat = port.type.dataType == .float32
      inputs[port.name] =
        isFloat ? .uniform(shape, in: 0...1, from: &random) : Tensor(zeros: shape, dataType: port.type.dataType)
    }
    let classes = graph.outputs.first?.type.shape?.dimensions.dropFirst().first?.fixedExtent ?? 1
    let labels = Tensor((0..<count).map { Int64($0 % max(classes, 1)) })
    return Batch(
      inputs: inputs, targets: [Batch.labelsName: labels], count: count, positions: Array(0..<count), epoch: 0, index: 0
    )
  }
}
