import Distillation
import Foundation
import Graphs
import Pruning
import Reporting
import Tensors
import Training

/// Sets weights to zero and holds them there while the rest is trained.
public struct SparsifyStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "sparsify"
  /// What is set to zero, how much of it, and when; its epochs are all that the stage trains.
  public var pruning: WeightPruningConfiguration
  /// The network, a file or a `zoo:` name, whose weights those that stay start again from in each round; nil: they go on.
  public var rewind: String?
  /// Epochs of a training of all weights behind it, at a tenth of the rate, which nothing holds at zero any more: Han et al.
  /// 2017, "DSD: dense-sparse-dense training for deep neural networks"; nil: none, the zeros stay.
  public var densify: Int?
  /// The numbers of the training; its epochs are those of `pruning`, shared out.
  public var training: TrainingConfiguration
  /// The loss with a teacher; nil: cross-entropy with the labels.
  public var distillation: LogitsDistillation?

  /// Makes the stage.
  public init(
    pruning: WeightPruningConfiguration, training: TrainingConfiguration, distillation: LogitsDistillation?
  ) {
    self.pruning = pruning
    self.training = training
    self.distillation = distillation
  }

  /// The title.
  public var title: String {
    let sparsity = pruning.granularity.fixedSparsity ?? pruning.sparsity
    let share = sparsity.map { "\(NumberFormat.percent($0, digits: 0)) of the weights" } ?? "some layers' weights"
    let unit = pruning.granularity == .weight ? "" : " by \(pruning.granularity.text)"
    return "Set \(share) to zero\(unit) (\(pruning.criterion), "
      + "\(pruning.schedule.rawValue), \(pruning.epochs) epoch\(pruning.epochs == 1 ? "" : "s"))"
  }

  /// Prunes and trains, with checkpoints in the stage's folder.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    var configuration = pruning
    configuration.seed = context.seed
    var pruning = WeightPruning(configuration, engine: context.engine)
    (pruning.preparation, pruning.stop) = (context.preparation, context.stop)
    pruning.onSensitivity = { context.observer.onWork?("measuring sensitivity", $0, $1) }
    var records: [ReportDocument.Epoch] = []
    pruning.fineTuning = { model, epochs, round, holding in
      try context.checkForStop()
      var stage = TrainStage(training: training, distillation: distillation)
      stage.training.epochs = epochs
      let result = try stage.trained(model, name: "round-\(round)", in: context) { trainer in
        holding.install(in: &trainer, samples: context.training.count)
      }
      let done = records.count
      records += result.epochs.map { record in
        var epoch = ReportDocument.Epoch(record)
        epoch.epoch += done
        return epoch
      }
      return result
    }
    pruning.rewinding = try rewind.map { try NetworkReference.graph($0, seed: context.seed) }
    let result = try pruning.compress(model, trainingOn: context.training, judgedBy: context.heldOut)
    var outcome = StageOutcome(
      model: result.model, stage: described(result.report, epochs: records), notes: remarks(on: result.report))
    if let densify, densify > 0 { try train(&outcome, epochs: densify, in: context) }
    return outcome
  }

  /// The last part of dense-sparse-dense training.
  private func train(_ outcome: inout StageOutcome, epochs: Int, in context: StageContext) throws {
    try context.checkForStop()
    var stage = TrainStage(training: training, distillation: distillation)
    (stage.training.epochs, stage.training.rate) = (epochs, training.rate / 10)
    stage.training.warmupEpochs = min(training.warmupEpochs, Double(epochs))
    let result = try stage.trained(outcome.model, name: "dense", in: context)
    let done = outcome.stage.epochs.count
    outcome.stage.epochs += result.epochs.map { record in
      var epoch = ReportDocument.Epoch(record)
      epoch.epoch += done
      return epoch
    }
    outcome.model = result.model
    outcome.model.history.append("all weights trained again for \(epochs) epochs")
    outcome.stage.sparseLayers = nil
    outcome.stage.details.append(.init("trained again without zeros", "\(epochs) epochs at a tenth of the rate"))
  }

  private func described(_ report: WeightPruningReport, epochs: [ReportDocument.Epoch]) -> ReportDocument.Stage {
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    stage.epochs = epochs
    stage.sparseLayers = report.layers.map { .init(name: $0.name, weights: $0.weights, zeros: $0.zeros) }
    stage.sensitivity = report.layers.compactMap { layer in
      layer.sensitivity.map { curve in
        .init(layer: layer.name, points: curve.points.map { .init(removed: $0.fraction, top1: $0.top1) })
      }
    }
    stage.details = [
      .init("sparsity of the pruned layers", NumberFormat.percent(report.sparsity)),
      .init(
        "zeros", "\(NumberFormat.integer(report.zeros)) of \(NumberFormat.integer(report.weights)) weights"),
      .init("granularity", report.granularity.text), .init("schedule", report.schedule.rawValue),
      .init("selection", pruning.layerRatios.isEmpty ? pruning.selection.rawValue : "ratios by layer"),
    ]
    return stage
  }

  private func remarks(on report: WeightPruningReport) -> [String] {
    var notes = report.dense.map { "\($0.name) keeps its weights: \($0.reason)" }
    // Floors and ragged edges aside, what is reached is what was asked for to within a unit.
    if report.sparsity < report.asked - 0.005 {
      notes.append(
        "\(NumberFormat.percent(report.sparsity)) of the weights are zero, not \(NumberFormat.percent(report.asked)): "
          + "units are too large, or floors allow no more")
    }
    return notes
  }
}
