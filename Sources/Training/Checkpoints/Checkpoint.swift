import Engine
import Foundation
import Tensors

/// A training at some moment between two updates: all that is needed to go on as if it had never stopped.
public struct Checkpoint: Sendable {
  /// Where the training is, besides its tensors.
  public struct Position: Codable, Sendable, Equatable {
    /// Epochs done.
    public var epoch = 0
    /// Batches done in the epoch under way.
    public var batch = 0
    /// The sum of the losses of those batches, as the bits of a double, so that nothing is rounded.
    public var lossBits: UInt64 = 0
    /// The sums of the loss's parts, likewise, in the order of `TrainingGraph.parts`.
    public var partBits: [UInt64] = []
    /// Seconds spent on those batches.
    public var seconds = 0.0
    /// The records of the epochs done.
    public var records: [EpochRecord] = []
  }

  /// The configuration that the training was started with.
  public var configuration: TrainingConfiguration
  /// What was trained on, so that another data set is noticed.
  public var data: String
  /// Where the training is.
  public var position: Position
  /// Parameters, moments, running statistics, weights held at zero and the number of updates.
  public var snapshot: TrainingSnapshot
  /// The forms of layers that it was computed in, as `Tuning.choices` has them.
  public var tuning: [String: String] = [:]
  /// What was gathered beside the network, as `Trainer.record` has it.
  public var record: [String: Tensor] = [:]
}
