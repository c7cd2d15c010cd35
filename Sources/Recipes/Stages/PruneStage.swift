import Distillation
import Foundation
import Graphs
import Measurement
import ONNXFormat
import Pruning
import Reporting
import Tensors
import Training

/// Removes channels step by step, with short training in between; the stage behind it trains what is left. With the
/// schedules `agp` and `soft` it trains the network once with channels at zero, for all its epochs, and removes them then.
public struct PruneStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "prune"
  /// What channels are judged by.
  public var criterion: String
  /// Epochs between all steps together; the last step is left to the stage behind.
  public var fineTuneEpochs: Int
  /// The share of the training split that such an epoch sees. Steps need a short repair between them; what counts in
  /// the end is the training behind the last one.
  public var fineTuneShare = 1.0
  /// How the numbers of a coupled channel become one score.
  public var aggregation = ScoreAggregation.sum
  /// What a group's scores are divided by; nil: what the criterion takes for the best.
  public var normalization: ScoreNormalization?
  /// How it is decided how many channels each layer loses.
  public var selection = ChannelSelection.sensitivity
  /// The fractions that some layers lose, and no others; with any, no target is needed.
  public var layerRatios: [LayerRatio] = []
  /// Layers that keep all their channels.
  public var ignore: [String] = []
  /// The numbers of the training in between; its epochs are those above, shared out.
  public var training: TrainingConfiguration
  /// The loss in between; nil: cross-entropy with the labels.
  public var distillation: LogitsDistillation?
  /// The largest share of what remains that one step may take.
  public var maxStep = 0.2
  /// When channels go.
  public var schedule = SparsitySchedule.iterative
  /// In how many steps the target is reached; nil: in as many as `maxStep` asks for.
  public var steps: Int?
  /// Channels are kept in multiples of this; nil: of 8 where that reaches the target.
  public var roundTo: Int?
  /// The fraction of its channels that each group keeps at least; nil: 0.8 of what an even cut would leave, or less
  /// where that does not reach the target.
  public var floor: Double?
  /// Whether batch normalisations get the statistics of the smaller network after each step.
  public var recalibrates = true
  /// How many plans are compared as a whole before each step where sensitivity chooses; nil: the usual number.
  public var plans: Int?

  enum CodingKeys: String, CodingKey {
    case criterion, aggregation, normalization, selection, ignore, training, distillation, floor, schedule
    case steps, recalibrates, plans
    case layerRatios = "layer_ratios"
    case fineTuneEpochs = "fine_tune_epochs"
    case fineTuneShare = "fine_tune_share"
    case maxStep = "max_step"
    case roundTo = "round_to"
  }

  /// Makes the stage.
  public init(
    criterion: String, fineTuneEpochs: Int, fineTuneShare: Double = 1, training: TrainingConfiguration,
    distillation: LogitsDistillation?
  ) {
    self.criterion = criterion
    self.fineTuneEpochs = fineTuneEpochs
    self.fineTuneShare = fineTuneShare
    self.training = training
    self.distillation = distillation
  }

  /// Reads a stage; a recipe without `fine_tune_share` means whole epochs.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    criterion = try values.decode(String.self, forKey: .criterion)
    fineTuneEpochs = try values.decode(Int.self, forKey: .fineTuneEpochs)
    fineTuneShare = try values.decodeIfPresent(Double.self, forKey: .fineTuneShare) ?? 1
    aggregation = try values.decodeIfPresent(ScoreAggregation.self, forKey: .aggregation) ?? .sum
    normalization = try values.decodeIfPresent(ScoreNormalization.self, forKey: .normalization)
    selection = try values.decodeIfPresent(ChannelSelection.self, forKey: .selection) ?? .sensitivity
    layerRatios = try values.decodeIfPresent([LayerRatio].self, forKey: .layerRatios) ?? []
    ignore = try values.decodeIfPresent([String].self, forKey: .ignore) ?? []
    training = try values.decode(TrainingConfiguration.self, forKey: .training)
    distillation = try values.decodeIfPresent(LogitsDistillation.self, forKey: .distillation)
    maxStep = try values.decodeIfPresent(Double.self, forKey: .maxStep) ?? 0.2
    schedule = try values.decodeIfPresent(SparsitySchedule.self, forKey: .schedule) ?? .iterative
    steps = try values.decodeIfPresent(Int.self, forKey: .steps)
    roundTo = try values.decodeIfPresent(Int.self, forKey: .roundTo)
    floor = try values.decodeIfPresent(Double.self, forKey: .floor)
    recalibrates = try values.decodeIfPresent(Bool.self, forKey: .recalibrates) ?? true
    plans = try values.decodeIfPresent(Int.self, forKey: .plans)
  }

  /// The title.
  public var title: String {
    let choice = layerRatios.isEmpty ? selection.summary : "ratios by layer"
    let steps = schedule == .oneShot ? 1 : steps
    let pace =
      schedule.isWithinTraining
      ? "\(schedule.rawValue), \(fineTuneEpochs) epochs"
      : steps.map { $0 == 1 ? "all at once" : "\($0) steps" } ?? "steps of at most \(Int(maxStep * 100)) %"
    return "Prune channels (\(criterion), \(choice), \(pace))"
  }

  /// Prunes down to the context's target.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    guard fineTuneShare > 0, fineTuneShare <= 1 else {
      throw PareError(.usage, "fine_tune_share is \(fineTuneShare); it must be above 0 and at most 1")
    }
    guard !schedule.isWithinTraining || fineTuneShare == 1 && steps == nil, schedule != .oneShot || (steps ?? 1) == 1
    else {
      throw PareError(
        .usage, "\(schedule.rawValue) goes in no steps and on all samples; leave steps and fine_tune_share out"
      )
    }
    guard let heldOut = context.heldOut else {
      throw PareError(.usage, "pruning is judged by labels, and the data has none")
    }
    let times = LayerTimes(engine: context.engine)
    let configuration = try configuration(
      for: model, target: context.target ?? .macs(1), by: times, seed: context.seed)
    let resource = layerRatios.isEmpty ? configuration.target.resource : .macs
    let before = try resource.amount(in: model, by: times)
    let limit =
      layerRatios.isEmpty ? configuration.target.limit(original: before) : try configuration.macsLimit(in: model)
    let excess = layerRatios.isEmpty ? context.excess : nil
    guard limit < before || excess != nil else {
      return StageOutcome(
        model: model, stage: ReportDocument.Stage(name: Self.identifier, title: title),
        notes: ["No target asks for a smaller network; nothing was pruned."])
    }
    var pruning = ChannelPruning(configuration, engine: context.engine)
    pruning.preparation = context.preparation
    (pruning.stop, pruning.times) = (context.stop, times)
    (pruning.excess, pruning.loosensFloors) = (excess, floor == nil)
    pruning.onProgress = { show($0, of: resource.unit, to: context.observer) }
    var records: [ReportDocument.Epoch] = []
    if schedule.isWithinTraining {
      pruning.lossesFile = context.folder.appendingPathComponent("losses.json")
      pruning.maskedTraining = { model, epochs, holding in
        let result = try trained(model, epochs: epochs, name: "masked", in: context) { trainer in
          holding.install(in: &trainer, samples: context.training.count)
        }
        records += result.epochs.map(ReportDocument.Epoch.init)
        return result
      }
    } else if fineTuneEpochs > 0 {
      pruning.fineTuning = { pruned, epochs, step in
        guard try resource.amount(in: pruned, by: times) > limit else { return pruned }
        let result = try fineTuned(pruned, epochs: epochs, step: step, in: context)
        records += result.epochs.map { record in
          var epoch = ReportDocument.Epoch(record)
          epoch.epoch += records.count
          return epoch
        }
        return result.model
      }
    }
    let result = try pruning.compress(model, trainingOn: context.training, judgedBy: heldOut)
    return StageOutcome(
      model: result.model, stage: described(result.report, epochs: records), notes: remarks(on: result))
  }

  private func configuration(
    for model: Model, target: PruningTarget, by times: LayerTimes, seed: UInt64
  ) throws -> ChannelPruningConfiguration {
    var configuration = ChannelPruningConfiguration(
      target: target, criterion: criterion,
      // One more than there are in between, which stands for the training behind the last step.
      epochs: schedule.isWithinTraining ? fineTuneEpochs : fineTuneEpochs + 1, seed: seed)
    configuration.finalShare = 1 / Double(fineTuneEpochs + 1)
    (configuration.maxStep, configuration.schedule, configuration.steps) = (maxStep, schedule, steps)
    (configuration.aggregation, configuration.normalization) = (aggregation, normalization)
    (configuration.selection, configuration.layerRatios, configuration.ignore) = (selection, layerRatios, ignore)
    configuration.recalibrates = recalibrates
    if let plans { configuration.plans = plans }
    configuration.limits =
      layerRatios.isEmpty
      ? try .reaching(configuration.target, in: model, roundTo: roundTo, fraction: floor, ignore: ignore, times: times)
      : ChannelLimits(fraction: floor ?? 0, roundTo: roundTo ?? 1)
    return configuration
  }

  /// The training after one step; a finished one is read from the stage's folder.
  private func fineTuned(_ model: Model, epochs: Int, step: Int, in context: StageContext) throws -> TrainingResult {
    var context = context
    let count = Int((fineTuneShare * Double(context.training.count)).rounded())
    context.training = context.training.sample(
      atMost: max(count, training.batchSize), seed: context.seed &+ UInt64(step))
    return try trained(model, epochs: epochs, name: "step-\(step)", in: context)
  }

  private func trained(
    _ model: Model, epochs: Int, name: String, in context: StageContext,
    changing change: (inout Trainer) throws -> Void = { _ in }
  ) throws -> TrainingResult {
    var stage = TrainStage(training: training, distillation: distillation)
    stage.training.epochs = epochs
    return try stage.trained(model, name: name, in: context, changing: change)
  }

  private func described(_ report: PruningReport, epochs: [ReportDocument.Epoch]) -> ReportDocument.Stage {
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    stage.epochs = epochs
    stage.prunedLayers = report.groups.map {
      .init(name: $0.name, original: $0.originalChannels, kept: $0.keptChannels)
    }
    stage.sensitivity = report.groups.compactMap { group in
      group.sensitivity.map { curve in
        .init(layer: group.name, points: curve.points.map { .init(removed: $0.fraction, top1: $0.top1) })
      }
    }
    stage.details = report.steps.map { step in
      let accuracy = [step.top1Before, step.top1Pruned, step.top1FineTuned].compactMap { $0 }
        .map { NumberFormat.percent($0) }.joined(separator: " \u{2192} ")
      let left = "\(NumberFormat.compact(step.remaining)) \(report.target.resource.unit) left"
      return .init("step \(step.step): \(left)", "held-out top-1 \(accuracy)")
    }
    let measuring = NumberFormat.duration(report.sensitivitySeconds)
    stage.details.append(.init("measuring sensitivity, comparing plans", measuring))
    let removal = NumberFormat.decimal(report.removalSeconds, digits: 3)
    stage.details.append(.init("choosing and removing channels", "\(removal) s"))
    return stage
  }

  private func remarks(on result: PruningResult) -> [String] {
    var notes = result.report.notes
    notes += result.report.blocked.map { "\($0.channels) channels of \($0.name) stay: \($0.reason)" }
    if !result.isReached {
      let least = "\(NumberFormat.compact(result.report.remaining)) \(result.report.target.resource.unit)"
      notes.append("Floors and couplings leave \(least) at the least.")
    }
    return notes
  }

  private func show(_ progress: PruningProgress, of unit: String, to observer: CompressionObserver) {
    switch progress {
    case .sensitivity(let step, let done, let all): observer.onWork?("step \(step): measuring sensitivity", done, all)
    case .plans(let step, let done, let all): observer.onWork?("step \(step): comparing plans", done, all)
    case .halved(let step, let top1):
      observer.onNote?("step \(step) halved: top-1 would fall to \(NumberFormat.percent(top1))")
    case .pruned(let step, let remaining, let top1):
      observer.onNote?(
        "step \(step): \(NumberFormat.percent(remaining)) of the \(unit) left, held-out top-1 "
          + "\(NumberFormat.percent(top1)) before training"
      )
    case .fineTuning: break
    }
  }
}
