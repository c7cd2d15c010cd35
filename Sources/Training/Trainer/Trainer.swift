import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// Trains a network: gradient programs, updates, evaluation after each epoch, checkpoints.
///
/// Deterministic: order, augmentation and everything random follow from (seed, epoch, sample), so that the same
/// configuration on the same number of threads gives the same bytes, and a training that was killed and resumed the same
/// as one that was not.
///
/// ```swift
/// var trainer = Trainer(TrainingConfiguration(epochs: 20), engine: engine)
/// trainer.onProgress = { print($0.epoch, $0.loss) }
/// let result = try trainer.train(model, on: splits.training, judgedBy: splits.heldOut)
/// ```
public struct Trainer {
  /// The numbers.
  public var configuration: TrainingConfiguration
  /// Where everything runs.
  public var engine: Engine
  /// What is minimised; nil: cross-entropy with the labels, smoothed as configured.
  public var objective: (any Objective)?
  /// What the objective learns from beside the labels. Its batch size must be the configuration's.
  public var teacher: (any TeacherSource)?
  /// How the data was prepared, where not by the model's own preparation.
  public var batches: Preparation?
  /// The folder of checkpoints; nil: none are written.
  public var checkpointFolder: String?
  /// Seconds from one checkpoint to the next; one is also written after each epoch and on interruption.
  public var checkpointSeconds = 20.0
  /// Whether to go on from the checkpoint; it is an error where there is none.
  public var resumes = false
  /// A request to stop.
  public var stop: StopToken?
  /// Called after each update.
  public var onProgress: ((TrainingProgress) -> Void)?
  /// Called after each epoch.
  public var onEpoch: ((EpochRecord) -> Void)?
  /// Weights that are held at zero, as `TrainingState.setMasks` takes them. A checkpoint holds them too, and where a
  /// training is resumed, the checkpoint's count.
  public var masks: [String: Tensor] = [:]
  /// Called after each update with the state, which it may change: growing masks, clipping of scales.
  public var afterUpdate: ((TrainingState) throws -> Void)?

  /// What is gathered over the training beside the network; nil: nothing is.
  public var record: (any TrainingRecord)?

  /// Makes a trainer.
  public init(_ configuration: TrainingConfiguration = TrainingConfiguration(), engine: Engine) {
    self.configuration = configuration
    self.engine = engine
  }

  /// Trains.
  ///
  /// - Parameters:
  ///   - training: what is learned from. A last batch that is not full is left out of each epoch.
  ///   - heldOut: what judges each epoch by top-1; nil, or a split without labels: nothing does.
  /// - Throws: `PareError.usage` for a configuration that makes no sense, `PareError.badInput` for data that does not
  ///   fit the network and for a loss that is no longer a number, `PareError.notFound` where there is no checkpoint to
  ///   resume, `PareError.interrupted` when asked to stop.
  public func train(_ model: Model, on training: Split, judgedBy heldOut: Split? = nil) throws -> TrainingResult {
    let run = try TrainingRun(self, model: model, training: training, heldOut: heldOut)
    return try run.finished()
  }
}
