import Foundation
import Graphs
import Measurement
import Pruning
import Reporting
import Tensors
import Training

/// Looks for lottery tickets: rounds of training, pruning and rewinding.
public struct LotteryStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "lottery"
  /// Which weights stay, what they start from, and what becomes of the others; its epochs are those of each round.
  public var lottery: LotteryConfiguration
  /// The network, a file or a `zoo:` name, as it was before it was trained into the one that the stage is given; nil: the
  /// stage is given that one, and trains it first.
  public var rewind: String?
  /// The numbers of each round's training; its epochs are those of `lottery`.
  public var training: TrainingConfiguration

  /// Makes the stage.
  public init(lottery: LotteryConfiguration, rewind: String? = nil, training: TrainingConfiguration) {
    self.lottery = lottery
    self.rewind = rewind
    self.training = training
  }

  /// The title.
  public var title: String {
    let rounds = "\(lottery.rounds) round\(lottery.rounds == 1 ? "" : "s")"
    return "Lottery ticket of \(NumberFormat.percent(1 - lottery.sparsity, digits: 1)) of the weights "
      + "(\(lottery.criterion.rawValue), \(rounds) of \(lottery.epochs) epoch\(lottery.epochs == 1 ? "" : "s"))"
  }

  /// Searches, with a checkpoint of each round in the stage's folder.
  /// - Throws: `PareError.badInput` where a search with other numbers is to be resumed, and what the search throws.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    var configuration = lottery
    configuration.seed = context.seed
    try keepOrCompare(configuration, in: context)
    var search = LotterySearch(configuration, engine: context.engine)
    search.origin = try rewind.map { try NetworkReference.graph($0, seed: context.seed) }
    search.rewindFile = context.folder.appendingPathComponent("rewind.onnx")
    search.judge = { model in
      try context.heldOut.map {
        try AccuracyMeasurement.measure(
          model, on: $0, batches: context.preparation, batchSize: 250, engine: context.engine
        ).top1
      }
    }
    var records: [ReportDocument.Epoch] = []
    search.training = { model, round, change in
      try context.checkForStop()
      var stage = TrainStage(training: training, distillation: nil)
      stage.training.epochs = configuration.epochs
      let result = try stage.trained(model, name: "round-\(round)", in: context, changing: change)
      let done = records.count
      records += result.epochs.map { record in
        var epoch = ReportDocument.Epoch(record)
        epoch.epoch += done
        return epoch
      }
      return result
    }
    search.onRound = { context.observer.onNote?(Self.text(of: $0)) }
    let result = try search.run(on: model)
    return StageOutcome(
      model: result.model, stage: described(result.report, epochs: records),
      notes: result.report.dense.map { "\($0.name) keeps its weights: \($0.reason)" })
  }

  /// What finished rounds are worth depends on the search's numbers, which checkpoints do not hold.
  private func keepOrCompare(_ configuration: LotteryConfiguration, in context: StageContext) throws {
    let file = context.folder.appendingPathComponent("lottery.json")
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let own = try encoder.encode([AnyStage(LotteryStage(lottery: configuration, rewind: rewind, training: training))])
    if context.resumes, let kept = try? Data(contentsOf: file), kept != own {
      throw PareError(
        .badInput,
        "the rounds that are finished belong to a search with other settings; resume with those, or start "
          + "again without --resume", context: ["folder": context.folder.path])
    }
    try FileBytes.write(Array(own), to: file.path)
  }

  private static func text(of round: LotteryReport.Round) -> String {
    let untrained = round.top1Untrained.map { ", untrained \(NumberFormat.percent($0))" } ?? ""
    let trained = round.top1.map { ", trained \(NumberFormat.percent($0))" } ?? ""
    return "round \(round.round): \(NumberFormat.percent(1 - round.sparsity)) of the weights\(untrained)\(trained)"
  }

  private func described(_ report: LotteryReport, epochs: [ReportDocument.Epoch]) -> ReportDocument.Stage {
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    stage.epochs = epochs
    stage.rounds = report.rounds.map {
      .init(
        round: $0.round, sparsity: $0.sparsity, top1Untrained: $0.top1Untrained, top1: $0.top1,
        trainLoss: $0.trainLoss, epochs: $0.epochs)
    }
    if lottery.pruned == .zero {
      stage.sparseLayers = report.layers.map { .init(name: $0.name, weights: $0.weights, zeros: $0.zeros) }
    }
    let kept = report.rounds.last?.kept ?? report.weights
    stage.details = [
      .init(
        "weights that stay", "\(NumberFormat.integer(kept)) of \(NumberFormat.integer(report.weights))"),
      .init("chosen by", "\(lottery.criterion.rawValue) (\(lottery.criterion.summary))"),
      .init("they start from", lottery.survivors.summary), .init("the others are", lottery.pruned.summary),
      .init("rewound to", rewind ?? (lottery.rewindUpdates == 0 ? "the start" : "update \(lottery.rewindUpdates)")),
      .init("selection", lottery.selection.rawValue),
    ]
    return stage
  }
}
