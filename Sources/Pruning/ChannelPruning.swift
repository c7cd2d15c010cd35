import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import Tensors
import Training

/// Removes channels from a network until it costs no more than a target, fine-tuning in between.
///
/// A network of residual streams, depthwise convolutions and flattened features is pruned as the coupling of its
/// channels allows; what comes back has smaller tensors, not masks. Each step
/// 1. scores the channels by the criterion,
/// 2. measures on held-out samples how the loss rises when each group of coupled channels loses some of them,
/// 3. chooses how many each group loses: greedily the least predicted loss per cost saved, at most `maxStep` of what
///    remains, by the best of some whole plans that are compared,
/// 4. removes them, folding their means into the next biases, and measures the statistics of batch normalisations anew,
/// 5. fine-tunes, by a closure of the caller's, so that a teacher may stand beside it.
///
/// Where accuracy right after the removal falls under half of that before, the step is halved and tried again from the
/// state before (only where fine-tuning follows: without it the next step would lose as much).
///
/// With the schedules `agp` and `soft` there is one such step: what 3 chooses is how many channels each group loses; which
/// they are is decided while the network is trained with them at zero, and 4 is done behind the training.
///
/// ```swift
/// var pruning = ChannelPruning(ChannelPruningConfiguration(target: .macs(0.5), epochs: 10), engine: engine)
/// pruning.fineTuning = { model, epochs, _ in try trainer(epochs).train(model, on: training).model }
/// let result = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
/// ```
public struct ChannelPruning {
  /// The numbers.
  public var configuration: ChannelPruningConfiguration
  /// Where everything runs.
  public var engine: Engine
  /// How the data was prepared, where not by the model's own preparation.
  public var preparation: Preparation?
  /// Samples in a batch of a measurement.
  public var batchSize = 250
  /// Trains a pruned model for a number of epochs after a step (from 1); nil: nothing does. Names of weights have to
  /// stay as they are.
  public var fineTuning: ((_ model: Model, _ epochs: Int, _ step: Int) throws -> Model)?
  /// Trains a model for all epochs with the channels at zero that `holding` installs in the trainer, for the schedules `agp`
  /// and `soft`; nil: these are refused.
  public var maskedTraining: ((_ model: Model, _ epochs: Int, _ holding: SparseTraining) throws -> TrainingResult)?
  /// Where it is kept how many channels each group loses while `maskedTraining` goes on; a file that is there is read, so that
  /// a training that is resumed keeps its goal. nil: nowhere.
  public var lossesFile: URL?
  /// Says how much a network that meets the target has of what the target does not count, its time say, over what it may
  /// have; where that is above 1, the target is tightened by as much (by a twentieth of what is left at least, a third at
  /// most), a few times. nil: the target alone decides.
  public var excess: ((Model) throws -> Double)?
  /// Whether floors give way as far as the target is tightened.
  public var loosensFloors = false
  /// What measures layers, for a target of latency.
  public var times: LayerTimes?
  /// A request to stop, seen between measurements.
  public var stop: StopToken?
  /// Called as work goes on.
  public var onProgress: ((PruningProgress) -> Void)?

  /// Makes a pruning.
  public init(_ configuration: ChannelPruningConfiguration = ChannelPruningConfiguration(), engine: Engine) {
    self.configuration = configuration
    self.engine = engine
  }

  /// Prunes.
  ///
  /// - Parameters:
  ///   - training: samples that the means of removed channels are measured on.
  ///   - heldOut: labelled samples that judge, kept apart from training.
  /// - Returns: the network, at or under the target unless floors and couplings stand in the way: see `isReached`.
  /// - Throws: `PareError.usage` for a configuration that makes no sense, `PareError.badInput` for data that does not
  ///   fit the network or has no labels, `PareError.interrupted` when asked to stop, and what fine-tuning throws.
  public func compress(
    _ model: Model, trainingOn training: Split, judgedBy heldOut: Split
  ) throws -> PruningResult {
    var run = try PruningRun(self, model: model, training: training, heldOut: heldOut)
    return try run.finished()
  }
}

/// What channel pruning returns.
public struct PruningResult: Sendable {
  /// The smaller network.
  public var model: Model
  /// What was done and why.
  public var report: PruningReport
  /// Whether the target was met; where not, the model is the smallest that floors and couplings allow.
  public var isReached: Bool { report.isReached }
}
