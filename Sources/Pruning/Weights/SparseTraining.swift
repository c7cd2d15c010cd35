import Engine
import Tensors
import Training

/// What a trainer needs so that weights stay at zero, or become zero on its way.
public struct SparseTraining: Sendable {
  /// The gradual schedule within one training.
  struct Ramp: Sendable {
    /// The sparsity at the end.
    var sparsity: Double
    /// The part of all updates after which it is reached.
    var share: Double
    /// How often weights are set to zero on the way.
    var steps: Int

    /// The updates after which weights are set to zero, each with the sparsity from then on.
    func events(updates: Int) -> [Int: Double] {
      let last = max(1, Int(share * Double(updates)))
      var events: [Int: Double] = [:]
      // Where several steps fall on one update the last of them counts.
      for step in 1...steps {
        let update = max(1, Int((Double(step) / Double(steps) * Double(last)).rounded()))
        events[update] = SparsitySchedule.gradual(step: step, of: steps, to: sparsity)
      }
      return events
    }
  }

  let rule: WeightRule
  /// Weights that are zero from the start.
  public internal(set) var masks = WeightMasks()
  var ramp: Ramp?

  init(rule: WeightRule) { self.rule = rule }

  /// Has a trainer hold the weights at zero, and set further ones to zero as the schedule says. What the trainer does
  /// after updates, it still does, before.
  ///
  /// A checkpoint holds the masks, so that a training that is resumed goes on with them.
  /// - Parameter samples: how many samples the trainer learns from.
  public func install(in trainer: inout Trainer, samples: Int) {
    trainer.masks = masks.kept
    guard let ramp else { return }
    let configuration = trainer.configuration
    let batches = samples / max(configuration.batchSize, 1)
    let updates = (batches + configuration.accumulation - 1) / max(configuration.accumulation, 1) * configuration.epochs
    let events = ramp.events(updates: updates)
    let (before, rule, engine) = (trainer.afterUpdate, rule, trainer.engine)
    trainer.afterUpdate = { state in
      try before?(state)
      guard let sparsity = events[state.updates] else { return }
      let masks = try rule.masks(sparsity: sparsity, masked: state.masks) { state.memory.tensor($0) }
      try state.setMasks(masks.kept, on: engine)
    }
  }
}
