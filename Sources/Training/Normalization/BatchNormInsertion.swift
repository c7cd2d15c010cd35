import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// Gives a network whose batch normalisation was folded into its convolutions the normalisations back, so that it can be
/// trained with a usual learning rate. What the network computes stays the same.
///
/// Measures the convolutions' outputs on data and hands the statistics to `BatchNormalizationReinsertion`.
public struct BatchNormInsertion: Sendable, Equatable {
  /// Samples in a batch.
  public var batchSize = 128
  /// The most batches; a few thousand samples are plenty.
  public var batches: Int? = 16
  /// The seed of the order.
  public var seed: UInt64 = 0

  /// The usual numbers.
  public init() {}

  /// Whether a network has convolutions to put normalisations behind, and none that are normalised.
  public static func isWanted(for graph: Graph) -> Bool {
    !graph.nodes.contains { $0.op is BatchNormalization }
      && !BatchNormalizationReinsertion.convolutionsToNormalize(in: graph).isEmpty
  }

  /// The model with normalisations behind its convolutions.
  ///
  /// - Parameter preparation: how the data was prepared, where not by the model's own preparation.
  /// - Throws: `PareError.badInput` where the samples do not fit the network.
  public func inserted(
    into model: Model, on split: Split, preparation: Preparation? = nil, engine: Engine
  ) throws -> Model {
    let wanted = BatchNormalizationReinsertion.convolutionsToNormalize(in: model.graph)
    guard !wanted.isEmpty else { return model }
    let statistics = try Self.channelStatistics(
      of: wanted.map { ($0.node, $0.value) }, in: model.graphOnRawPixels(batches: preparation), on: split,
      batchSize: batchSize, limit: batches, seed: seed, engine: engine)
    var result = model
    result.graph = try BatchNormalizationReinsertion(statistics: statistics).apply(to: model.graph)
    return result
  }

  /// Mean and variance per channel (axis 1) of values inside a network over data, under the keys given.
  ///
  /// - Parameter limit: the most batches; nil: the whole split.
  /// - Throws: `PareError.unsupported` where a value has no known shape.
  public static func channelStatistics(
    of values: [(key: String, value: String)], in graph: Graph, on split: Split, batchSize: Int = 128,
    limit: Int? = nil, seed: UInt64 = 0, engine: Engine
  ) throws -> [String: (mean: [Double], variance: [Double])] {
    let builder = try GraphBuilder(extending: graph)
    let probes = try values.map { key, value in
      let channels = try builder.extent(of: Value(value), axis: 1)
      let ones = builder.parameter("statistics.one", Tensor(repeating: Float(1), shape: [channels]))
      let zeros = builder.parameter("statistics.zero", Tensor(zeros: [channels]))
      let outputs = try builder.add(
        BatchNormalizationTraining(epsilon: 1e-5, momentum: 0), [Value(value), ones, zeros, zeros, ones],
        name: "statistics")
      return BatchStatistics.Probe(key: key, mean: outputs[1].name, variance: outputs[2].name, value: value)
    }
    return try BatchStatistics(of: builder.graph, probes)
      .measure(on: split, batchSize: batchSize, limit: limit, seed: seed, engine: engine)
  }
}
