import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// Chooses how many channels go where by what is measured before a step: what each group alone can lose, then whole plans.
struct SensitivitySelection {
  /// A network before a step.
  struct Situation {
    /// The network.
    var model: Model
    /// What can be pruned of it, ranked.
    var groups: [PrunableGroup]
    /// How many channels each group had at first.
    var originals: [Int]
    /// How channels are taken out.
    var surgery: ChannelSurgery
    /// What the target counts of it, and what may be left in the end.
    var cost, limit: Int
    /// The step, from 1.
    var step: Int
  }

  /// The curve of each group as it was first measured.
  private(set) var firstCurves: [String: SensitivityCurve] = [:]
  /// How long measuring took.
  private(set) var seconds = 0.0

  private let pruning: ChannelPruning
  private let heldOut: Split
  private let chance: Double

  /// - Parameter heldOut: labelled samples, some of which everything is measured on.
  init(_ pruning: ChannelPruning, on heldOut: Split) {
    self.pruning = pruning
    self.heldOut = heldOut
    chance = 1 / Double(max(heldOut.classCount ?? 1, 1))
  }

  /// The rule for the step.
  /// - Throws: what removing and measuring throw; `PareError.interrupted` when asked to stop.
  mutating func allocation(
    for situation: Situation, _ configuration: ChannelPruningConfiguration
  ) throws -> GreedyAllocation {
    let clock = ContinuousClock()
    let started = clock.now
    defer { seconds += started.duration(to: clock.now).seconds }
    let sensitivity = ChannelSensitivity(
      model: situation.model, surgery: situation.surgery, preparation: pruning.preparation,
      limits: configuration.limits, ratios: configuration.ratios,
      // Batches of a size that the network insists on may be too small to say anything.
      normalizesByBatches: configuration.recalibrates && situation.model.graph.fixedBatch == nil, stop: pruning.stop)
    let measurement = measurement(configuration, step: situation.step)
    let curves = try curves(in: situation, configuration, sensitivity, by: measurement)
    let groups = situation.groups
    let allocation = GreedyAllocation(
      candidates: groups.indices.map {
        .init(channels: groups[$0].order.count, original: situation.originals[$0], curve: curves[$0])
      }, limits: configuration.limits, chance: chance,
      lookahead: configuration.target.resource == .latency ? 64 : 1)
    guard configuration.plans > 1 else { return allocation }
    let ledger = try CostLedger(
      situation.model.graph, removing: groups.map(\.order), resource: configuration.target.resource,
      cost: situation.cost, times: pruning.times)
    let search = PlanSearch(
      allocation: allocation, layers: groups.map(\.layers.count), plans: configuration.plans,
      seed: configuration.seed &+ UInt64(situation.step))
    let onProgress = pruning.onProgress
    // With less than half left hardly a plan is told from guessing.
    return try search.best(
      from: ledger, budget: max(situation.limit, situation.cost / 2),
      onProgress: { onProgress?(.plans(step: situation.step, done: $0, all: $1)) }
    ) { removed in
      try sensitivity.loss(without: zip(groups, removed).flatMap { $0.order.prefix($1) }, by: measurement)
    }
  }

  /// The groups' curves, measured or continued from the first ones.
  private mutating func curves(
    in situation: Situation, _ configuration: ChannelPruningConfiguration, _ sensitivity: ChannelSensitivity,
    by measurement: SensitivityMeasurement
  ) throws -> [SensitivityCurve] {
    let groups = situation.groups
    guard configuration.remeasures || !groups.allSatisfy({ firstCurves[$0.name] != nil }) else {
      return zip(groups, situation.originals).map { group, original in
        firstCurves[group.name]!.continued(original: original, kept: group.order.count, chance: chance)
      }
    }
    let curves = try sensitivity.curves(of: groups, originals: situation.originals, by: measurement)
    if firstCurves.isEmpty {
      for (group, curve) in zip(groups, curves) { firstCurves[group.name] = curve }
    }
    return curves
  }

  private func measurement(_ configuration: ChannelPruningConfiguration, step: Int) -> SensitivityMeasurement {
    // Batches that are normalised by themselves have to be alike: of one size, and of all classes.
    let samples = heldOut.sample(atMost: configuration.samples, seed: configuration.seed)
      .shuffled(seed: configuration.seed)
    let most = configuration.recalibrates ? min(pruning.batchSize, 128) : pruning.batchSize
    let batches = max(1, (samples.count + most - 1) / most)
    var measurement = SensitivityMeasurement(
      on: samples, batchSize: max(1, (samples.count + batches - 1) / batches), engine: pruning.engine)
    let onProgress = pruning.onProgress
    measurement.onProgress = { onProgress?(.sensitivity(step: step, done: $0, all: $1)) }
    return measurement
  }
}
