import Datasets
import Distillation
import Graphs
import Reporting
import Tensors
import Training

/// Trains: from the teacher's scores where there is a teacher, from the labels otherwise.
public struct TrainStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "train"
  /// The training's numbers.
  public var training: TrainingConfiguration
  /// The loss with a teacher; nil: cross-entropy with the labels.
  public var distillation: LogitsDistillation?
  /// Whether the held-out images are learned from as well, where there is a test split beside them. For a training
  /// behind the last choice: what was held out has done its work then, and a tenth more images make a better network.
  public var usesHeldOut = false
  /// Whether the epochs become as many more as they are cheaper than with the original: the same compute. (Liu et al. 2019,
  /// "Rethinking the value of network pruning", Scratch-B, who stop at twice the epochs.)
  public var matchesCompute = false

  enum CodingKeys: String, CodingKey {
    case training, distillation
    case usesHeldOut = "uses_held_out"
    case matchesCompute = "matches_compute"
  }

  /// Makes the stage.
  public init(training: TrainingConfiguration, distillation: LogitsDistillation?, usesHeldOut: Bool = false) {
    self.training = training
    self.distillation = distillation
    self.usesHeldOut = usesHeldOut
  }

  /// Reads a stage; keys of choices that a recipe leaves out mean no.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    training = try values.decode(TrainingConfiguration.self, forKey: .training)
    distillation = try values.decodeIfPresent(LogitsDistillation.self, forKey: .distillation)
    usesHeldOut = try values.decodeIfPresent(Bool.self, forKey: .usesHeldOut) ?? false
    matchesCompute = try values.decodeIfPresent(Bool.self, forKey: .matchesCompute) ?? false
  }

  /// The title.
  public var title: String {
    let compute = matchesCompute ? ", or as many more as they are cheaper" : ""
    let epochs = "\(training.epochs) epoch\(training.epochs == 1 ? "" : "s")"
    return "\(distillation == nil ? "Fine-tune" : "Distil from the teacher"), \(epochs)\(compute)"
  }

  /// Trains, with checkpoints in the stage's folder.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    var same = self
    if matchesCompute {
      same.training.epochs = try epochs(
        of: model.graph.costs().macs, original: context.originalMACs,
        teacher: distillation == nil ? 0 : context.teacher?.graph.costs().macs ?? 0)
    }
    let result = try same.trained(model, name: "train", in: context)
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    stage.epochs = result.epochs.map(ReportDocument.Epoch.init)
    if allImages(in: context) != nil {
      stage.title += ", held-out images included"
      stage.note =
        "Learned from the held-out images too, as nothing is chosen any more: from here on only the test split tells."
    }
    if let distillation {
      stage.details = [
        .init("temperature", "\(distillation.temperature)"),
        .init("weights", "\(distillation.distillationWeight) teacher, \(distillation.labelWeight) labels"),
      ]
    }
    if matchesCompute { stage.details.append(.init("epochs for the same compute", "\(same.training.epochs)")) }
    stage.details += [
      .init("batch", "\(training.batchSize)"), .init("peak rate", "\(training.rate)"),
      .init("schedule", type(of: training.schedule.schedule).identifier), .init("augmentation", training.augmentation),
      .init("precision", training.precision.rawValue),
    ]
    return StageOutcome(model: result.model, stage: stage)
  }

  /// The epochs that make the same compute: a sample takes three times the multiply-accumulates of a forward pass, and once
  /// the teacher's.
  func epochs(of macs: Int, original: Int, teacher: Int) -> Int {
    let share = Double(3 * original + teacher) / Double(max(3 * macs + teacher, 1))
    return max(training.epochs, Int((Double(training.epochs) * share).rounded()))
  }

  /// A training under the name given, which other stages call as well, with changes of theirs to the trainer.
  func trained(
    _ model: Model, name: String, in context: StageContext, changing change: (inout Trainer) throws -> Void = { _ in }
  ) throws -> TrainingResult {
    var configuration = training
    configuration.seed = context.seed
    var trainer = Trainer(configuration, engine: context.engine)
    trainer.batches = context.preparation
    trainer.stop = context.stop
    trainer.onProgress = context.observer.onTraining
    trainer.onEpoch = context.observer.onEpoch
    let folder = context.folder.appendingPathComponent("\(name).checkpoint").path
    trainer.checkpointFolder = folder
    trainer.resumes = context.resumes && CheckpointFile(folder: folder).exists
    try change(&trainer)
    let all = allImages(in: context)
    let (images, judge) = (all ?? context.training, all == nil ? context.heldOut : nil)
    if let distillation, let teacher = context.teacher {
      return try Distillation(distillation, trainer: trainer).compress(
        model, teacher: teacher, trainingOn: images, judgedBy: judge)
    }
    return try trainer.train(model, on: images, judgedBy: judge)
  }

  /// The whole training split where it is learned from, and nothing can judge the epochs therefore.
  private func allImages(in context: StageContext) -> Split? { usesHeldOut ? context.everything : nil }
}

extension ReportDocument.Epoch {
  init(_ record: EpochRecord) {
    self.init(
      epoch: record.epoch, trainLoss: record.trainLoss, top1: record.top1, seconds: record.seconds,
      imagesPerSecond: record.imagesPerSecond)
  }
}
