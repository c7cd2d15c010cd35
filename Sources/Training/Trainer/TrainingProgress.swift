import Engine
import Graphs

/// How far a training is.
public struct TrainingProgress: Sendable {
  /// The epoch, from 1.
  public var epoch: Int
  /// How many epochs there are.
  public var epochs: Int
  /// Batches done in this epoch.
  public var step: Int
  /// Batches in an epoch.
  public var steps: Int
  /// The mean loss of the epoch so far.
  public var loss: Double
  /// The means of the reported parts of the loss, by name.
  public var parts: [String: Double]
  /// The learning rate of the last update.
  public var rate: Double
  /// Samples a second in this epoch, loading included.
  public var imagesPerSecond: Double
  /// The seconds that the rest of the training will take at this pace, evaluations left out.
  public var secondsLeft: Double
}

/// What one epoch gave.
public struct EpochRecord: Codable, Sendable, Equatable {
  /// The epoch, from 1.
  public var epoch: Int
  /// The mean loss over the epoch's batches, each before its own update.
  public var trainLoss: Double
  /// The means of the reported parts of the loss; empty where the loss has no parts.
  public var parts: [String: Double]
  /// Top-1 accuracy on the split that judges; nil where the epoch was not evaluated.
  public var top1: Double?
  /// Seconds of training: loading included, evaluation and compiling excluded.
  public var seconds: Double
  /// Samples a second over those seconds.
  public var imagesPerSecond: Double

  enum CodingKeys: String, CodingKey {
    case epoch, parts, top1, seconds
    case trainLoss = "train_loss"
    case imagesPerSecond = "images_per_second"
  }
}

/// What a training returns.
public struct TrainingResult: Sendable {
  /// The trained network, in inference form, with its metadata.
  public var model: Model
  /// A record for each epoch.
  public var epochs: [EpochRecord]
  /// Everything that the training changed, moments included.
  public var snapshot: TrainingSnapshot
}
