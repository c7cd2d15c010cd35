import Engine
import Graphs
import Tensors

/// Measures latency by this machine's clock: warm-up, then repeats.
public struct LatencyMeasurement: Sendable, Equatable {
  /// The least runs that are measured.
  public var runs = 50
  /// The least seconds of measuring; faster networks are repeated more often.
  public var seconds = 1.0
  /// Seconds of warm-up; at least three runs.
  public var warmup = 0.2
  /// The most runs.
  public var limit = 10_000
  /// Runs that are timed layer by layer; 0: none.
  public var layerRuns = 20

  /// The usual numbers.
  public init() {}

  /// A short measurement for searches: 10 runs and 0.1 seconds, no layers.
  public static let quick = {
    var quick = LatencyMeasurement()
    (quick.runs, quick.seconds, quick.warmup, quick.layerRuns) = (10, 0.1, 0.02, 0)
    return quick
  }()

  /// Compiles a network as it would be deployed and measures it on random inputs in [0, 1).
  /// - Throws: `PareError.unsupported` where an operator cannot be run.
  public func measure(
    _ graph: Graph, batch: Int = 1, precision: ProgramOptions.Precision = .float32,
    sparseWeights: ProgramOptions.SparseWeights = .measured, engine: Engine
  ) throws -> Latency {
    let clock = ContinuousClock()
    let started = clock.now
    let options = ProgramOptions(precision: precision, sparseWeights: sparseWeights)
    let program = try Network(graph: graph).makeSession(batch: batch, engine: engine, options: options).program
    let compileMs = started.duration(to: clock.now).milliseconds
    var random = RandomSource(seed: 0)
    var inputs: [String: Tensor] = [:]
    for port in program.inputs {
      inputs[port.name] =
        port.dataType == .float32
        ? .uniform(port.shape, in: 0...1, from: &random) : Tensor(zeros: port.shape, dataType: port.dataType)
    }
    try program.load(inputs)
    return try measure(program, compileMs: compileMs)
  }

  /// Measures a compiled program on whatever its inputs hold.
  /// - Throws: what running throws.
  func measure(_ program: Program, compileMs: Double) throws -> Latency {
    var warm = try program.timedRuns(3)
    while warm.reduce(0, +) < warmup { warm += try program.timedRuns(warm.count) }
    // Chunks keep the compute thread busy, as a server would, and let the time be looked at between them.
    let chunk = max(1, min(runs, Int(0.05 / max(warm.last ?? 0, 1e-7))))
    var measured: [Double] = []
    var total = 0.0
    let counter = EnergyCounter()
    let before = counter?.read()
    while measured.count < limit, measured.count < runs || total < seconds {
      let part = try program.timedRuns(chunk)
      total += part.reduce(0, +)
      measured += part
    }
    let energy = counter?.millijoules(since: before).map { $0 / Double(measured.count) }
    let peak = layerRuns > 0 ? try MachinePeak.measure(on: program.engine) : nil
    return Latency(
      batch: program.batch, threads: program.engine.threads, compileMs: compileMs, seconds: measured,
      layers: try layers(of: program, peak: peak), peak: peak, energy: energy)
  }

  /// The layers of a program on whatever its inputs hold.
  package func layers(of program: Program, peak: MachinePeak?) throws -> [Latency.Layer] {
    guard layerRuns > 0 else { return [] }
    let runs = try (0..<layerRuns).map { _ in try program.timedRun() }
    return program.layers.enumerated().map { index, layer in
      let sorted = runs.map { $0[index] }.sorted()
      return Latency.Layer(layer, ms: sorted[sorted.count / 2] * 1000, peak: peak)
    }
  }
}
