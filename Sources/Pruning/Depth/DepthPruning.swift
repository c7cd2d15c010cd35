import Datasets
import Engine
import Graphs
import Measurement
import Tensors
import Training

/// Removes whole residual blocks until a network costs no more than a target: fewer layers one behind the other, which
/// the clock notices where narrower ones are no faster.
///
/// Each step measures on held-out samples how the loss rises without each block that is left, and removes the one for which
/// it rises least per cost saved; a fall counts as the best. Nothing is trained in between: train what comes out.
///
/// Residual networks bear the loss of single blocks well: Veit, Wilber, Belongie 2016, "Residual networks behave like
/// ensembles of relatively shallow networks"; removing them for good: Chen and Zhao 2018, "Shallowing deep networks".
public struct DepthPruning {
  /// How small the network has to become.
  public var target: PruningTarget
  /// Says whether a network is small enough in what the target does not count, its time say; nil: the target alone decides.
  public var excess: ((Model) throws -> Double)?
  /// Blocks that stay: names of weights or nodes in them, `*` for any characters and `?` for one.
  public var ignore: [String] = []
  /// Held-out samples that blocks are judged on.
  public var samples = 2000
  /// Samples in a batch of a measurement.
  public var batchSize = 250
  /// The seed of the choice of samples.
  public var seed: UInt64 = 0
  /// How the data was prepared, where not by the model's own preparation.
  public var preparation: Preparation?
  /// Where everything runs.
  public var engine: Engine
  /// A request to stop, seen between measurements.
  public var stop: StopToken?
  /// Called after each measurement with the blocks removed so far, those measured for the next, and all of these.
  public var onProgress: ((_ removed: Int, _ done: Int, _ all: Int) -> Void)?

  /// Makes a pruning.
  public init(target: PruningTarget, engine: Engine) {
    self.target = target
    self.engine = engine
  }

  /// Prunes.
  ///
  /// - Parameter heldOut: labelled samples that judge, kept apart from training.
  /// - Returns: the network, at or under the target unless there are too few blocks: see `DepthPruningReport.isReached`.
  /// - Throws: `PareError.usage` for a target out of range, a pattern that no layer fits and a network without removable
  ///   blocks, `PareError.badInput` for data that does not fit the network, `PareError.interrupted` when asked to stop.
  public func compress(_ model: Model, judgedBy heldOut: Split) throws -> (model: Model, report: DepthPruningReport) {
    try target.validate()
    let original = try target.resource.amount(in: model)
    let limit = target.limit(original: original)
    let ignored = try model.graph.weightedLayers().weights(fitting: ignore)
    let split = heldOut.sample(atMost: samples, seed: seed)
    var (model, cost, removed): (Model, Int, [DepthPruningReport.Removal]) = (model, original, [])
    let all = try model.graph.residualBlocks()
    func isDone() throws -> Bool { try cost <= limit && excess.map { try $0(model) <= 1 } ?? true }
    var isSmallEnough = try isDone()
    guard !all.isEmpty || isSmallEnough else {
      throw PareError(
        .usage, "the network has no residual block with an identity around it; remove channels or weights instead")
    }
    while !isSmallEnough {
      let blocks = try model.graph.residualBlocks().filter { !$0.weights.contains(where: ignored.contains) }
      guard let best = try best(of: blocks, in: model, cost: cost, removed: removed.count, on: split) else { break }
      removed.append(best.removal)
      (model, cost) = (best.model, best.cost)
      isSmallEnough = try isDone()
    }
    if !removed.isEmpty {
      model.history.append("residual blocks removed: \(removed.map(\.name).joined(separator: ", "))")
    }
    return (
      model,
      DepthPruningReport(
        target: target, limit: limit, remaining: cost, blocks: all.map(\.name), removed: removed,
        isReached: isSmallEnough)
    )
  }

  private struct Candidate {
    var model: Model
    var cost: Int
    var removal: DepthPruningReport.Removal
  }

  /// The network without the block that costs least per saving; nil where none saves anything.
  private func best(
    of blocks: [ResidualBlock], in model: Model, cost: Int, removed: Int, on split: Split
  ) throws -> Candidate? {
    var candidates: [Candidate] = []
    for block in blocks {
      var smaller = model
      smaller.graph = try model.graph.removing(block)
      let left = try target.resource.amount(in: smaller)
      guard left < cost else { continue }
      let removal = DepthPruningReport.Removal(name: block.name, top1: 0, loss: 0, remaining: left)
      candidates.append(Candidate(model: smaller, cost: left, removal: removal))
    }
    guard !candidates.isEmpty else { return nil }
    var measurement = SensitivityMeasurement(on: split, batchSize: batchSize, engine: engine)
    measurement.onProgress = { done, all in onProgress?(removed, done, all) }
    let (before, results) = try measurement.measure(
      original: model.graphOnRawPixels(batches: preparation), candidates: candidates.indices.map(String.init)
    ) { name in
      if stop?.isStopped ?? false { throw PareError(.interrupted, "pruning was interrupted; nothing was kept") }
      return try candidates[Int(name)!].model.graphOnRawPixels(batches: preparation)
    }
    for (index, result) in results.enumerated() {
      (candidates[index].removal.top1, candidates[index].removal.loss) = (result.accuracy.top1, result.accuracy.loss)
    }
    return candidates.min { first, second in
      let rises = [first, second].map { ($0.removal.loss - before.loss) / Double(cost - $0.cost) }
      return rises[0] < rises[1]
    }
  }
}

/// What depth pruning did.
public struct DepthPruningReport: Codable, Sendable, Equatable {
  /// A block that was removed.
  public struct Removal: Codable, Sendable, Equatable {
    /// Its first weights.
    public var name: String
    /// Held-out top-1 without it and those before it, untrained.
    public var top1: Double
    /// Held-out loss likewise.
    public var loss: Double
    /// What was left of the target's resource.
    public var remaining: Int
  }

  /// What was asked for.
  public var target: PruningTarget
  /// The most that may be left of the target's resource.
  public var limit: Int
  /// What is left of it.
  public var remaining: Int
  /// The blocks that could be removed at first.
  public var blocks: [String]
  /// Those that were, in order.
  public var removed: [Removal]
  /// Whether the target was met.
  public var isReached: Bool
}
