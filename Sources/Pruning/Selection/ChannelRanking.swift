import Datasets
import Engine
import Graphs
import Tensors

/// Ranks the channels of a network by a criterion, on what it asks to be measured.
struct ChannelRanking: Sendable {
  /// What channels are judged by.
  let criterion: any PruningCriterion
  /// The numbers.
  let configuration: ChannelPruningConfiguration
  /// Training samples that the criterion looks at.
  let samples: Split
  /// How the data was prepared, where not by the model's own preparation.
  let preparation: Preparation?
  /// Where measurements run.
  let engine: Engine

  /// What was measured of a network for the criterion.
  func context(of model: Model) throws -> PruningContext {
    let evidence = try CriterionEvidence(
      for: criterion, on: model, samples: samples, preparation: preparation, batchSize: configuration.evidenceBatch,
      engine: engine)
    return try PruningContext(
      model.graph, aggregation: configuration.aggregation,
      normalization: configuration.normalization ?? type(of: criterion).normalization, seed: configuration.seed,
      evidence: evidence)
  }

  /// The groups, the least important channels first.
  func groups(in context: PruningContext) throws -> [PrunableGroup] {
    try PrunableGroups(rankedBy: criterion, in: context, ignore: configuration.ignore).groups
  }
}
