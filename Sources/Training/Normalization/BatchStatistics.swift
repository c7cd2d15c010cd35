import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// Mean and variance per channel of values inside a network, over many batches of equal size.
///
/// From the batches' means m_b and biased variances v_b: mean = average of m_b, variance = (average of v_b + m_b²) -
/// mean², times M / (M - 1) for M elements a channel in all. That is exactly the statistics of all batches together.
struct BatchStatistics {
  /// A value whose statistics the graph computes.
  struct Probe {
    /// What the result is filed under.
    let key: String
    /// The output that holds the batch's mean.
    let mean: String
    /// The output that holds the batch's unbiased variance.
    let variance: String
    /// The value that they describe.
    let value: String
  }

  private let graph: Graph
  private let probes: [Probe]

  /// Makes the probes' values a graph's only outputs.
  init(of graph: Graph, _ probes: [Probe]) throws {
    let facts = try graph.facts()
    var graph = graph
    graph.outputs = probes.flatMap { [$0.mean, $0.variance] }.compactMap { name in
      facts[name].map { GraphPort(name, $0.type) }
    }
    self.graph = try DeadNodeElimination().apply(to: graph)
    self.probes = probes
  }

  /// Runs over at most `limit` batches in a seeded random order, all of them full.
  func measure(
    on split: Split, batchSize: Int, limit: Int?, seed: UInt64, engine: Engine
  ) throws -> [String: (mean: [Double], variance: [Double])] {
    let split = try split.matching(graph)
    let batchSize = graph.fixedBatch ?? max(1, min(batchSize, split.count))
    guard split.count >= batchSize else {
      throw PareError(
        .badInput, "\(split.count) samples do not fill a batch of \(batchSize), which the network insists on")
    }
    let program = try Program(
      graph: graph, batch: batchSize, parameters: ParameterMemory(graph: graph), engine: engine,
      options: ProgramOptions(fusesInference: false))
    let shapes = try graph.shapes(batch: batchSize)
    let elements = probes.map { Double(shapes[$0.value]!.count / max(shapes[$0.value]![1], 1)) }
    let loader = try BatchLoader(split, .training(batchSize: batchSize, seed: seed))
    defer { loader.cancel() }
    var means = probes.map { [Double](repeating: 0, count: shapes[$0.value]![1]) }
    var squares = means
    var batches = 0
    while batches < limit ?? .max, let batch = try loader.next() {
      let outputs = try program.run(batch.inputs)
      for (index, probe) in probes.enumerated() {
        let bias = (elements[index] - 1) / elements[index]
        for (channel, (mean, variance)) in zip(outputs[probe.mean]!.floats, outputs[probe.variance]!.floats)
          .enumerated()
        {
          // The variance of a single element counts as unbiased and biased alike: 0.
          means[index][channel] += Double(mean)
          squares[index][channel] += Double(mean) * Double(mean) + Double(variance) * bias
        }
      }
      batches += 1
    }
    var result: [String: (mean: [Double], variance: [Double])] = [:]
    for (index, probe) in probes.enumerated() {
      let count = Double(max(batches, 1))
      let all = elements[index] * count
      let mean = means[index].map { $0 / count }
      let variance = zip(squares[index], mean).map { square, mean in
        max(0, square / count - mean * mean) * (all > 1 ? all / (all - 1) : 1)
      }
      result[probe.key] = (mean, variance)
    }
    return result
  }
}
