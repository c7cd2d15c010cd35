import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// The gradients of a loss by a network's parameters, batch by batch, without training: what criteria of pruning look
/// at.
///
/// The network is in inference form (running statistics, no dropout) and stays as it is. Confined to its user.
public final class GradientMeasurement {
  /// The gradients after each batch, by parameter; nothing in it changes but these.
  public let state: TrainingState
  /// The parameters that the loss depends on.
  public let parameters: Set<String>
  private let program: GradientProgram
  private let feed: ObjectiveFeed
  private let split: Split
  private let batchSize: Int

  /// Compiles forward and backward.
  ///
  /// - Parameters:
  ///   - objective: the loss; nil: cross-entropy with the labels.
  ///   - batches: how the data was prepared, where not by the model's own preparation.
  ///   - batchSize: samples in a batch; fewer where the split has fewer.
  /// - Throws: `PareError.badInput` where the samples do not fit the network, `PareError.unsupported` where an operator
  ///   has no gradient.
  public init(
    of model: Model, on split: Split, objective: (any Objective)? = nil, batches: Preparation? = nil, batchSize: Int,
    engine: Engine
  ) throws {
    let network = try model.graphOnRawPixels(batches: batches)
    self.split = try split.matching(network)
    guard split.count > 0 else { throw PareError(.badInput, "the \(split.name) split has no samples") }
    self.batchSize = min(batchSize, split.count)
    let training = try TrainingGraph(network, objective: objective ?? CrossEntropy())
    let differentiated = try training.differentiated(training: false)
    parameters = Set(differentiated.gradients.keys)
    state = TrainingState(graph: training.whole)
    program = try GradientProgram(differentiated, batch: self.batchSize, state: state, engine: engine)
    feed = ObjectiveFeed(declarations: training.declarations, teacher: nil)
  }

  /// Runs over the samples in order and calls `body` after each batch; a last batch that is not full is left out.
  /// - Throws: `PareError.badInput` for data without labels that the loss needs, and whatever `body` throws.
  public func forEachBatch(_ body: () throws -> Void) throws {
    let loader = try BatchLoader(split, .evaluation(batchSize: batchSize))
    defer { loader.cancel() }
    while let batch = try loader.next() {
      guard batch.count == batchSize else { continue }
      _ = try program.run(feed.inputs(for: batch, at: TrainingMoment(update: 0, updates: 1)))
      try body()
    }
  }
}
