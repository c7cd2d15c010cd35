import Engine
import Foundation
import Graphs
import ONNXFormat
import Tensors
import Training

/// Looks for lottery tickets: sparse networks that train as well as the whole one from the values that they began with.
///
/// Each round trains, leaves out the weights with the lowest scores, and takes those that stay back to where they came
/// from; the next trains the ticket. Frankle and Carbin 2019, "The lottery ticket hypothesis", section 1 (iterative
/// pruning with resetting); rewinding to an update k of the first training: Frankle, Dziugaite, Roy, Carbin 2020, "Linear
/// mode connectivity and the lottery ticket hypothesis", where a ticket's training has k updates less than here, where
/// every round trains for all epochs. Criteria and what becomes of the weights: `MaskCriterion`, `SurvivorAction`,
/// `PrunedAction`. Biases, normalisations and running statistics are rewound too.
///
/// A search that was killed goes on between and within rounds if `training` resumes its trainings from their checkpoints:
/// everything else follows from them.
public struct LotterySearch {
  /// The numbers.
  public var configuration: LotteryConfiguration
  /// Where everything runs.
  public var engine: Engine
  /// The network as it was before it was trained into the one that the search begins with; nil: that one is not trained
  /// yet, and the first round does it.
  public var origin: Graph?
  /// Trains a model for the configuration's epochs in a round (0 is the whole network), with a change to the trainer;
  /// nil: nothing does.
  public var training:
    ((_ model: Model, _ round: Int, _ change: (inout Trainer) throws -> Void) throws -> TrainingResult)?
  /// Top-1 of a model that was not trained, for the report.
  public var judge: ((Model) throws -> Double?)?
  /// Where the weights to rewind to are kept for a search that is resumed; nil: in memory only.
  public var rewindFile: URL?
  /// Called with each round's result.
  public var onRound: ((LotteryReport.Round) -> Void)?

  /// Makes a search.
  public init(_ configuration: LotteryConfiguration, engine: Engine) {
    self.configuration = configuration
    self.engine = engine
  }

  /// Searches.
  ///
  /// - Parameter model: the network before training, or where `origin` says what that was, behind it.
  /// - Returns: the last ticket, trained.
  /// - Throws: `PareError.usage` for a configuration that makes no sense, a network without a layer to prune and an update
  ///   to rewind to that the training does not reach; `PareError.badInput` for an origin with other weights; and what
  ///   training throws.
  public func run(on model: Model) throws -> LotteryResult {
    let configuration = try configuration.validated()
    let trains = training != nil && configuration.epochs > 0
    if let origin { try model.graph.check(origin) }
    guard origin == nil || configuration.rewindUpdates == 0 else {
      throw PareError(
        .usage,
        "update \(configuration.rewindUpdates) of a training that is over cannot be rewound to; give the network "
          + "of then as the one to start again from")
    }
    var rule = try WeightRule(configuration.weights, graph: model.graph, criterion: configuration.criterion)
    let weights = rule.names.reduce(0) { $0 + model.graph.parameters[$1]!.shape.count }

    var current = model
    var first = LotteryReport.Round(round: 0, sparsity: 0, kept: weights)
    var origin = origin
    if origin != nil {
      first.top1 = try judge?(model)
    } else {
      first.top1Untrained = try judge?(model)
      (current, origin) = trains ? try trainedWhole(model, &first) : (model, model.graph)
    }
    var rounds = [first]
    onRound?(first)
    for name in rule.names { rule.initial[name] = origin!.parameters[name]!.tensor.floats }

    var masks = WeightMasks()
    for (index, sparsity) in SparsitySchedule.rounds(configuration.rounds, to: configuration.sparsity).enumerated() {
      masks = try rule.masks(of: current.graph, sparsity: sparsity, masked: masks.kept)
      let ticket = Ticket(masks, origin: origin!, configuration: configuration, round: index + 1)
      var start = model
      start.graph.parameters = ticket.start.parameters
      var round = LotteryReport.Round(round: index + 1, sparsity: masks.sparsity, kept: weights - masks.zeros)
      round.top1Untrained = try judge?(start)
      if trains {
        let result = try training!(start, index + 1) { ticket.hold(in: &$0) }
        round.describe(result)
        current = result.model
      } else if self.origin == nil || index + 1 == configuration.rounds {
        current = start
      }
      rounds.append(round)
      onRound?(round)
    }
    current.history.append(
      "lottery ticket by \(configuration.criterion.rawValue): \(weights - masks.zeros) of \(weights) weights, those that "
        + "stay \(configuration.survivors.rawValue), the others \(configuration.pruned.rawValue)")
    let layers = rule.names.map {
      WeightPruningReport.Layer(
        name: $0, weights: masks.kept[$0]!.count, zeros: WeightMasks.zeros(in: masks.kept[$0]!))
    }
    let report = LotteryReport(
      configuration: configuration, weights: weights, rounds: rounds, layers: layers, dense: rule.dense)
    return LotteryResult(model: current, masks: masks, report: report)
  }

  /// The whole network, trained, and the weights to rewind to.
  private func trainedWhole(_ model: Model, _ round: inout LotteryReport.Round) throws -> (Model, Graph) {
    let updates = configuration.rewindUpdates
    guard updates > 0 else {
      let result = try training!(model, 0) { _ in }
      round.describe(result)
      return (result.model, model.graph)
    }
    var caught: Graph?
    let result = try training!(model, 0) { trainer in
      let before = trainer.afterUpdate
      trainer.afterUpdate = { state in
        try before?(state)
        guard state.updates == updates else { return }
        var then = model
        then.graph = state.graph(model.graph)
        caught = then.graph
        if let rewindFile { try ONNXFile.write(then, to: rewindFile) }
      }
    }
    round.describe(result)
    if caught == nil, let rewindFile, FileManager.default.fileExists(atPath: rewindFile.path) {
      caught = try ONNXFile.read(rewindFile).graph
      try model.graph.check(caught!)
    }
    guard let caught else {
      throw PareError(
        .usage, "the training has \(result.snapshot.updates) updates, \(updates) cannot be rewound to; choose fewer")
    }
    return (result.model, caught)
  }
}

/// What a search for lottery tickets returns.
public struct LotteryResult: Sendable {
  /// The last ticket, trained.
  public var model: Model
  /// Which weights it keeps.
  public var masks: WeightMasks
  /// Round by round.
  public var report: LotteryReport
}

extension LotteryReport.Round {
  fileprivate mutating func describe(_ result: TrainingResult) {
    (top1, trainLoss) = (result.epochs.last?.top1, result.epochs.last?.trainLoss)
    epochs = result.epochs.count
  }
}
