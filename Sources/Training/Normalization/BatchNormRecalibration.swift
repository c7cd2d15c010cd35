import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// Estimates the running statistics of a network's batch normalisations afresh, without changing any weight: after
/// pruning, quantizing or picking a sub-network, the old ones are those of another network.
///
/// Batches run in training mode; the new statistics are exact averages over all of them, not moving ones. (Yu and Huang
/// 2019, "Universally slimmable networks and improved training techniques", section 3.3.)
public struct BatchNormRecalibration: Sendable, Equatable {
  /// Samples in a batch; statistics of small batches differ from those of training.
  public var batchSize = 128
  /// The most batches; nil: the whole split.
  public var batches: Int?
  /// The seed of the order, so that batches mix the classes.
  public var seed: UInt64 = 0

  /// The usual numbers.
  public init() {}

  /// The model with new running statistics; a network without batch normalisation stays as it is.
  ///
  /// - Parameter preparation: how the data was prepared, where not by the model's own preparation.
  /// - Throws: `PareError.badInput` where the samples do not fit the network.
  public func recalibrated(
    _ model: Model, on split: Split, preparation: Preparation? = nil, engine: Engine
  ) throws -> Model {
    let (graph, probes) = try model.graphOnRawPixels(batches: preparation).withBatchStatistics()
    guard !probes.isEmpty else { return model }
    let statistics = try BatchStatistics(of: graph, probes)
      .measure(on: split, batchSize: batchSize, limit: batches, seed: seed, engine: engine)
    var result = model
    for index in model.graph.nodes.indices {
      guard let measured = statistics[model.graph.nodes[index].name] else { continue }
      for (place, values) in [(3, measured.mean), (4, measured.variance)] {
        result.graph.setParameter(at: place, of: index, to: Tensor(values.map { Float($0) }))
      }
    }
    return result
  }
}

extension Graph {
  /// The graph with every batch normalisation normalising by the statistics of the batch itself, as in training, instead of
  /// the running ones: what a changed network would compute once it were recalibrated, without a pass for that.
  public var normalizingByBatches: Graph { withBatchStatistics().graph }

  /// That graph, and where it says what the statistics were.
  fileprivate func withBatchStatistics() -> (graph: Graph, probes: [BatchStatistics.Probe]) {
    var graph = self
    var probes: [BatchStatistics.Probe] = []
    for index in graph.nodes.indices {
      guard let op = graph.nodes[index].op as? BatchNormalization else { continue }
      let node = graph.nodes[index]
      // With momentum 0 the running statistics after a batch are the batch's own.
      graph.nodes[index].op = BatchNormalizationTraining(epsilon: op.epsilon, momentum: 0)
      let stem = graph.freshName("\(node.name).batch")
      let outputs = ["mean", "variance", "center", "inverse"].map { "\(stem).\($0)" }
      graph.nodes[index].outputs = [node.outputs[0]] + outputs
      probes.append(.init(key: node.name, mean: outputs[0], variance: outputs[1], value: node.inputs[0]))
    }
    return (graph, probes)
  }
}
