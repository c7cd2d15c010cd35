import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// The mean of every channel at the input of every convolution and dense layer, over samples and positions.
struct MeanActivations: Sendable {
  /// The means by the name of the value that a layer reads, a number for each index along the axis that it mixes.
  private(set) var means: [String: [Double]] = [:]

  /// Knows nothing.
  init() {}

  /// Knows these.
  init(means: [String: [Double]]) { self.means = means }

  /// Measures on samples in batches of equal size; what is left over is not looked at.
  ///
  /// The means are outputs of a program of their own, a mean for each batch, and are averaged over the batches.
  /// - Throws: `PareError.badInput` where the samples do not fit the network.
  init(of model: Model, on split: Split, preparation: Preparation?, batchSize: Int, engine: Engine) throws {
    let graph = try model.graphOnRawPixels(batches: preparation)
    let layers = try graph.weightedLayers().filter {
      $0.axes.input != nil && graph.parameters[$0.node.inputs[0]] == nil
    }
    let builder = try GraphBuilder(extending: graph)
    var values: [String: String] = [:]
    for layer in layers where values[layer.node.inputs[0]] == nil {
      let value = Value(layer.node.inputs[0])
      let axes = (0..<(try builder.shape(of: value).rank)).filter { $0 != layer.axes.value }
      values[value.name] = try builder.mean(value, axes: axes).name
    }
    guard !values.isEmpty else { return }
    var probes = builder.graph
    let facts = try probes.facts()
    probes.outputs = values.keys.sorted().map { GraphPort(values[$0]!, facts[values[$0]!]!.type) }
    probes = try DeadNodeElimination().apply(to: probes)
    let program = try SplitProgram(probes, on: split, batchSize: batchSize, engine: engine)
    var sums: [String: [Double]] = [:]
    var batches = 0.0
    try program.forEachBatch { outputs in
      guard outputs.count == program.batchSize else { return }
      batches += 1
      for (value, output) in values {
        let mean = outputs.values[output]!.doubles
        sums[value] = sums[value].map { zip($0, mean).map(+) } ?? mean
      }
    }
    means = sums.mapValues { sum in sum.map { $0 / batches } }
  }
}
