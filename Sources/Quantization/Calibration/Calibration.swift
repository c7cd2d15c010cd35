import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// What calibration samples show of a network's activations.
///
/// The network runs once over the samples with the wanted values as outputs; of each batch only a few numbers a value
/// are kept (a maximum or 2048 counts, and a sum a channel), so that memory does not grow with the samples.
struct Calibration {
  /// The bytes that the observed activations of one batch may take.
  static let memoryLimit = 128 << 20

  /// An observer for every value.
  private(set) var observers: [String: any ActivationObserver] = [:]
  /// The least value seen of every input of the network.
  private(set) var minima: [String: Float] = [:]
  /// The means by channel of every value.
  private(set) var means: [String: ChannelMeans] = [:]
  /// How many samples there were.
  let samples: Int
  private let inputs: Set<String>

  /// Runs the samples.
  ///
  /// - Parameters:
  ///   - model: the network in the form that will be quantized, with its preparation.
  ///   - ranged: the values whose ranges are wanted, inputs among them.
  ///   - averaged: the values whose channel means are wanted.
  ///   - progress: called after each batch with the number of samples so far and of all samples.
  /// - Throws: `PareError.badInput` where a value is not a finite number, or the samples do not fit the network.
  init(
    _ model: Model, ranged: [String], averaged: [String], on split: Split, batches: Preparation?,
    _ configuration: QuantizationConfiguration, engine: Engine, progress: ((Int, Int) -> Void)?
  ) throws {
    let split = split.sample(atMost: configuration.samples, seed: configuration.seed)
    samples = split.count
    inputs = Set(model.graph.inputs.map(\.name))
    guard let observer = ActivationObservers.named(configuration.calibration) else { throw configuration.unknown }
    let wanted = ranged + averaged.filter { !Set(ranged).contains($0) }
    let (graph, names) = try Self.observed(model, wanted, batches: batches)
    for value in ranged { observers[value] = observer.init(configuration) }
    for value in averaged { means[value] = ChannelMeans() }
    let batch = try Self.batchSize(of: graph, atMost: configuration.batchSize)
    let program = try SplitProgram(graph, on: split, batchSize: batch, engine: engine)
    var done = 0
    try program.forEachBatch { outputs in
      for value in wanted {
        let tensor = outputs.values[names[value]!]!
        try take(tensor, rows: outputs.count, of: program.batchSize, value)
      }
      done += outputs.count
      progress?(done, split.count)
    }
  }

  private mutating func take(_ tensor: Tensor, rows: Int, of batch: Int, _ value: String) throws {
    // The last batch is padded; the padding's rows are no samples.
    let count = tensor.count % batch == 0 ? tensor.count / batch * rows : tensor.count
    try tensor.withUnsafeBytes { bytes in
      let floats = UnsafeBufferPointer(rebasing: bytes.bindMemory(to: Float.self)[..<count])
      guard floats.isFinite else {
        throw PareError(
          .badInput,
          "calibration meets a value that is not a finite number; check the data and the network's weights",
          context: ["value": value])
      }
      observers[value]?.observe(floats)
      if inputs.contains(value) { minima[value] = min(minima[value] ?? .infinity, floats.least) }
      means[value]?.add(floats, shape: tensor.shape)
    }
  }

  /// The network on raw pixels with the wanted values as outputs, and what they are called there.
  private static func observed(
    _ model: Model, _ wanted: [String], batches: Preparation?
  ) throws -> (Graph, [String: String]) {
    var graph = try model.graphOnRawPixels(batches: batches)
    var names = Dictionary(uniqueKeysWithValues: wanted.map { ($0, $0) })
    for input in model.graph.inputs where names[input.name] != nil {
      // Behind the normalisation the first reader of the input reads another value.
      let reader = model.graph.nodes.first { $0.inputs.contains(input.name) }
      let place = reader?.inputs.firstIndex(of: input.name)
      let now = graph.nodes.first { $0.name == reader?.name }
      let value = place.flatMap { now?.inputs[$0] } ?? input.name
      let copy = graph.freshName("\(input.name).calibration")
      graph.nodes.append(Node(name: copy, op: Identity(), inputs: [value], outputs: [copy]))
      names[input.name] = copy
    }
    let facts = try graph.facts()
    graph.outputs = wanted.map { GraphPort(names[$0]!, facts[names[$0]!]!.type) }
    return (try DeadNodeElimination().apply(to: graph), names)
  }

  private static func batchSize(of graph: Graph, atMost limit: Int) throws -> Int {
    let shapes = try graph.shapes(batch: 1)
    let bytes = graph.outputs.reduce(0) { $0 + (shapes[$1.name]?.count ?? 0) * 4 }
    return max(1, min(limit, memoryLimit / max(bytes, 1)))
  }
}

extension QuantizationConfiguration {
  fileprivate var unknown: PareError { PareError(.usage, "there is no calibration \"\(calibration)\"") }
}
