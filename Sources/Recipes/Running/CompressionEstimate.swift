import Datasets
import Distillation
import Engine
import Graphs
import Measurement
import Reporting
import Tensors
import Training

/// How long a stage will take.
public struct CompressionEstimate: Codable, Sendable, Equatable {
  /// The stage's name in recipes.
  public var stage: String
  /// What it will do.
  public var title: String
  /// Seconds, from one measured step of training on this machine; stages without training count for their measuring.
  public var seconds: Double
}

extension Compression {
  /// What would be done and how long it would take; nothing is written.
  /// - Throws: what opening data and compiling throw.
  public func estimate() throws -> [CompressionEstimate] {
    let training = try request.data.split(.train)
    var step: Double?
    /// Seconds of an epoch of the unpruned network; pruning makes later epochs faster than said.
    func epochSeconds(
      _ configuration: TrainingConfiguration, learnsFromTeacher: Bool, usesHeldOut: Bool = false
    ) throws -> Double {
      if step == nil {
        let probe = training.sample(atMost: 3 * configuration.batchSize, seed: 0)
        var short = configuration
        short.epochs = 1
        let stage = TrainStage(training: short, distillation: learnsFromTeacher ? try LogitsDistillation() : nil)
        let seconds = try stage.probed(request, on: probe)
        step = seconds / Double(max(probe.count / configuration.batchSize, 1))
      }
      let images = usesHeldOut && request.data.hasSeparateSplits ? training.count : training.count * 9 / 10
      return step! * Double(images / configuration.batchSize)
    }
    return try request.settings.stages.map { any in
      var seconds = 5.0
      if let stage = any.stage as? TrainStage {
        seconds =
          try epochSeconds(
            stage.training, learnsFromTeacher: stage.distillation != nil, usesHeldOut: stage.usesHeldOut)
          * Double(stage.training.epochs)
      } else if let stage = any.stage as? PruneStage {
        seconds =
          try epochSeconds(stage.training, learnsFromTeacher: stage.distillation != nil)
          * Double(stage.fineTuneEpochs) * stage.fineTuneShare + 60
      } else if let stage = any.stage as? SparsifyStage {
        seconds +=
          try epochSeconds(stage.training, learnsFromTeacher: stage.distillation != nil)
          * Double(stage.pruning.epochs + (stage.densify ?? 0))
      } else if let stage = any.stage as? LotteryStage {
        let trainings = stage.lottery.rounds + (stage.rewind == nil ? 1 : 0)
        seconds +=
          try epochSeconds(stage.training, learnsFromTeacher: false) * Double(stage.lottery.epochs * trainings)
      }
      return CompressionEstimate(
        stage: type(of: any.stage).identifier, title: any.stage.title, seconds: seconds)
    }
  }
}

extension TrainStage {
  /// The seconds of one epoch on a few samples, without checkpoints; compiling is not counted.
  fileprivate func probed(_ request: CompressionRequest, on samples: Split) throws -> Double {
    var trainer = Trainer(training, engine: request.engine)
    trainer.batches = try request.data.preparation()
    guard let distillation else { return try trainer.train(request.model, on: samples).epochs[0].seconds }
    return try Distillation(distillation, trainer: trainer).compress(
      request.model, teacher: request.teacher ?? request.model, trainingOn: samples
    ).epochs[0].seconds
  }
}
