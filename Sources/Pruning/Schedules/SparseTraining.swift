import Engine
import Tensors
import Training

/// What a trainer needs so that weights stay at zero, or become zero on its way.
public struct SparseTraining: Sendable {
  /// The gradual schedule within one training.
  struct Ramp: Sendable {
    /// The sparsity at the end.
    var sparsity: Double
    /// The part of all updates after which it is reached; the rest trains what is left.
    var share = usual.share
    /// How often weights are set to zero on the way.
    var steps = usual.steps

    /// The numbers where nobody says.
    static let usual = (share: 0.6, steps: 20)

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

  /// When weights become zero.
  enum Course: Sendable {
    /// They are from the start, and nothing is added.
    case held
    /// More and more of them, and all stay so.
    case gradual(Ramp)
    /// After each epoch as many as the sparsity says, which the next epoch trains again; after the last they stay so.
    case soft(sparsity: Double)
  }

  let rule: any MaskRule
  /// Weights that are zero from the start.
  public internal(set) var masks = WeightMasks()
  var course = Course.held

  init(rule: any MaskRule, course: Course = .held) {
    self.rule = rule
    self.course = course
  }

  /// Has a trainer hold the weights at zero, and set further ones to zero as the schedule says. What the trainer does
  /// after updates, it still does, before.
  ///
  /// A checkpoint holds the masks, and what the training has shown of the weights so far, so that a training that is
  /// resumed goes on with them.
  /// - Parameter samples: how many samples the trainer learns from.
  public func install(in trainer: inout Trainer, samples: Int) {
    trainer.masks = masks.kept
    let configuration = trainer.configuration
    let batches = samples / max(configuration.batchSize, 1)
    let accumulation = max(configuration.accumulation, 1)
    let updatesPerEpoch = max(1, (batches + accumulation - 1) / accumulation)
    let updates = updatesPerEpoch * configuration.epochs
    switch course {
    case .held: return
    case .gradual(let ramp):
      let events = ramp.events(updates: updates)
      install(in: &trainer) { state in events[state.updates].map { (sparsity: $0, masked: state.masks, stays: true) } }
    case .soft(let sparsity):
      install(in: &trainer) { state in
        guard state.updates.isMultiple(of: updatesPerEpoch) else { return nil }
        return (sparsity: sparsity, masked: [:], stays: state.updates >= updates)
      }
    }
  }

  /// Has a trainer set weights to zero after some of its updates.
  /// - Parameter due: the sparsity after an update, what is zero already, and whether zeros stay; nil: nothing is due.
  private func install(
    in trainer: inout Trainer,
    due: @escaping (TrainingState) -> (sparsity: Double, masked: [String: Tensor], stays: Bool)?
  ) {
    let (before, rule, engine) = (trainer.afterUpdate, rule, trainer.engine)
    let record = rule.evidence()
    trainer.record = record ?? trainer.record
    trainer.afterUpdate = { state in
      try before?(state)
      guard let (sparsity, masked, stays) = due(state) else { return }
      let masks = try rule.masks(sparsity: sparsity, masked: masked, given: record?.evidence ?? [:], in: state)
      try state.setMasks(masks.kept, on: engine)
      if !stays { try state.setMasks([:], on: engine) }
    }
  }
}
