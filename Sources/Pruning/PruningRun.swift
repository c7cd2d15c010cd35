import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import Tensors
import Training

/// One pruning under way: the network as it stands and what is known of it.
struct PruningRun {
  private let pruning: ChannelPruning
  private var configuration: ChannelPruningConfiguration
  private let ranking: ChannelRanking
  private let original: Model
  private let training: Split
  private let heldOut: Split
  private let originalCost: Int
  private var limit: Int
  /// How many channels groups are to have, by name, where ratios say so.
  private let goals: [String: Int]
  private let first: PrunableGroups

  private var model: Model
  private var top1 = 0.0
  private var cost: Int
  private var maxStep: Double
  private var originalChannels: [String: Int] = [:]
  private var sensitivity: SensitivitySelection
  private var steps: [PruningReport.Step] = []
  private var usedEpochs = 0
  private var corrections = 0
  private var removalSeconds = 0.0
  private var notes: [String] = []

  init(_ pruning: ChannelPruning, model: Model, training: Split, heldOut: Split) throws {
    self.pruning = pruning
    configuration = try pruning.configuration.validated()
    if configuration.schedule == .oneShot { configuration.steps = 1 }
    ranking = ChannelRanking(
      criterion: try PruningCriteria.named(configuration.criterion), configuration: configuration,
      samples: training.sample(atMost: configuration.meanSamples, seed: configuration.seed),
      preparation: pruning.preparation, engine: pruning.engine)
    original = model
    self.training = training
    self.heldOut = heldOut
    sensitivity = SensitivitySelection(pruning, on: heldOut)
    self.model = model
    try model.graph.requireFloatWeights()
    first = try PrunableGroups(
      rankedBy: L1Norm(), in: PruningContext(model.graph), ignore: configuration.ignore)
    if configuration.layerRatios.isEmpty {
      goals = [:]
    } else {
      let ratios = try RatioGoals(configuration.layerRatios, of: first.groups, limits: configuration.limits, in: model)
      goals = ratios.goals
      configuration.target = PruningTarget(.macs, .absolute(ratios.macs))
    }
    originalCost = try configuration.target.resource.amount(in: model, by: pruning.times)
    limit = configuration.target.limit(original: originalCost)
    cost = originalCost
    maxStep = configuration.maxStep
  }

  /// Prunes to the end.
  mutating func finished() throws -> PruningResult {
    for group in first.groups { originalChannels[group.name] = group.order.count }
    top1 = try accuracy(of: model)
    let before = top1
    if configuration.schedule.isWithinTraining {
      if try isTooLarge() { try trainMasked() }
    } else {
      while try isTooLarge(), try step() {}
    }
    // Where floors ended it, the epochs kept for the end are still due.
    if cost > limit, let last = steps.indices.last { try fineTune(step: last, epochs: remainingEpochs) }
    return try result(before: before)
  }

  /// Whether more has to go. The target is tightened where it is met and does not suffice.
  private mutating func isTooLarge() throws -> Bool {
    guard cost <= limit else { return true }
    return try !suffices(model)
  }

  /// Whether a network that meets the target is small enough; otherwise the target is tightened to below its cost.
  private mutating func suffices(_ model: Model) throws -> Bool {
    guard corrections < 6, let excess = try pruning.excess?(model), excess > 1 else { return true }
    corrections += 1
    let share = min(max(1 / excess, 0.67), 0.95)
    if pruning.loosensFloors { configuration.limits.fraction *= min(share, 0.9) }
    let cost = try amount(in: model)
    limit = max(1, Int(share * Double(cost)))
    return cost <= limit
  }

  /// What can be pruned of the network as it stands, ranked by the criterion on what it asks to be measured.
  private mutating func rankedGroups(in context: PruningContext) throws -> [PrunableGroup] {
    let groups = try timed { run in try run.ranking.groups(in: context) }
    return groups.filter { !$0.isIgnored && (goals.isEmpty || goals[$0.name] != nil) }
  }

  /// Does a part of the removal and counts its time.
  private mutating func timed<Result>(_ body: (PruningRun) throws -> Result) throws -> Result {
    let clock = ContinuousClock()
    let started = clock.now
    let result = try body(self)
    removalSeconds += started.duration(to: clock.now).seconds
    return result
  }

  /// What the target counts of a network.
  private func amount(in model: Model) throws -> Int {
    try configuration.target.resource.amount(in: model, by: pruning.times)
  }

  private func accuracy(of model: Model) throws -> Double {
    try AccuracyMeasurement.measure(
      model, on: heldOut, batches: pruning.preparation, batchSize: pruning.batchSize, engine: pruning.engine
    ).top1
  }

  /// Prunes once and fine-tunes. False where nothing more could go.
  private mutating func step() throws -> Bool {
    let number = steps.count + 1
    let groups = try rankedGroups(in: ranking.context(of: model))
    let surgery = ChannelSurgery(means: configuration.foldsMeans ? try means() : nil)
    let allocation = try allocation(groups, surgery: surgery, step: number)
    var halvings = 0
    var previous: [Int] = []
    while true {
      guard let (cut, ledger) = try timed({ try $0.pruned(groups, allocation, surgery) }) else { return false }
      let smaller = try recalibrated(cut)
      let judged = try accuracy(of: smaller)
      // The smallest step there is does not become smaller.
      let mayHalve =
        configuration.steps == nil && pruning.fineTuning != nil && remainingEpochs > 0 && halvings < 5
        && ledger.removed != previous
      previous = ledger.removed
      if mayHalve, judged < top1 / 2, ledger.removed.reduce(0, +) > 1 {
        halvings += 1
        maxStep /= 2
        pruning.onProgress?(.halved(step: number, top1: judged))
        continue
      }
      try accept(smaller, top1: judged, groups: groups, removed: ledger.removed, halvings: halvings)
      return true
    }
  }

  /// Trains once with the channels at zero that are to go, and removes them behind it.
  private mutating func trainMasked() throws {
    guard let maskedTraining = pruning.maskedTraining else {
      throw PareError(.usage, "nothing trains the network while channels become zero; choose another schedule")
    }
    let context = try ranking.context(of: model)
    let groups = try rankedGroups(in: context).filter { group in
      guard group.order.allSatisfy(context.canSilence) else {
        notes.append("the channels of \(group.name) stay: no layer that is trained makes them alone")
        return false
      }
      return true
    }
    guard let losses = try plannedLosses(of: groups), losses.values.contains(where: { $0 > 0 }) else { return }
    let rule = ChannelRule(
      model: model, ranking: ranking, losses: losses, silences: configuration.schedule == .agp)
    pruning.onProgress?(.fineTuning(step: 1, epochs: configuration.epochs))
    let holding = SparseTraining(
      rule: rule, course: configuration.schedule == .agp ? .gradual(.init(sparsity: 1)) : .soft(sparsity: 1))
    let trained = try maskedTraining(model, configuration.epochs, holding)
    (model, usedEpochs) = (trained.model, configuration.epochs)
    let gone = try rule.silenced(by: trained.snapshot.masks, of: groups, in: model)
    guard zip(groups, gone).allSatisfy({ losses[$0.name, default: 0] == $1.count }) else {
      throw PareError(.internalFault, "channels that were to be zero behind the training are not")
    }
    let surgery = ChannelSurgery(means: configuration.foldsMeans ? try means() : nil)
    var smaller = model
    smaller.graph = try timed { _ in try surgery.removing(gone.flatMap { $0 }, from: trained.model.graph) }
    try accept(smaller, top1: accuracy(of: smaller), groups: groups, removed: gone.map(\.count), halvings: 0)
  }

  /// How many channels each group is to lose in one step: as an unfinished training has it, or as the selection says. What a
  /// network costs depends on its shapes alone, so that it is known before the training what suffices. nil: none can go.
  private mutating func plannedLosses(of groups: [PrunableGroup]) throws -> [String: Int]? {
    if let file = pruning.lossesFile, FileManager.default.fileExists(atPath: file.path) {
      return try JSONDecoder().decode([String: Int].self, from: Data(FileBytes.read(file.path)))
    }
    (configuration.steps, configuration.remeasures) = (1, false)
    let surgery = ChannelSurgery(means: configuration.foldsMeans ? try means() : nil)
    var found: (Model, CostLedger)?
    repeat {
      let allocation = try allocation(groups, surgery: surgery, step: 1)
      guard let next = try timed({ try $0.pruned(groups, allocation, surgery) }) else { break }
      found = next
    } while try !suffices(found!.0)
    guard let ledger = found?.1 else { return nil }
    let losses = Dictionary(uniqueKeysWithValues: zip(groups.map(\.name), ledger.removed))
    if let file = pruning.lossesFile { try FileBytes.write(Array(JSONEncoder().encode(losses)), to: file.path) }
    return losses
  }

  private func means() throws -> MeanActivations {
    try MeanActivations(
      of: model, on: ranking.samples, preparation: pruning.preparation, batchSize: pruning.batchSize,
      engine: pruning.engine)
  }

  /// The network with the statistics of its own batches, where these are wanted.
  private func recalibrated(_ model: Model) throws -> Model {
    guard configuration.recalibrates else { return model }
    var recalibration = BatchNormRecalibration()
    recalibration.seed = configuration.seed
    return try recalibration.recalibrated(
      model, on: ranking.samples, preparation: pruning.preparation, engine: pruning.engine)
  }

  /// The rule for how many channels go where.
  private mutating func allocation(
    _ groups: [PrunableGroup], surgery: ChannelSurgery, step: Int
  ) throws -> any ChannelAllocation {
    let originals = groups.map { originalChannels[$0.name] ?? $0.order.count }
    let limits = configuration.limits
    switch goals.isEmpty ? configuration.selection : .uniform {
    case .uniform:
      return EvenAllocation(
        candidates: zip(groups, originals).map {
          .init(channels: $0.order.count, original: $1, goal: goals[$0.name] ?? 0)
        }, limits: limits)
    case .global:
      return GlobalAllocation(
        candidates: zip(groups, originals).map { .init(scores: $0.scores, original: $1) }, limits: limits)
    case .sensitivity:
      let situation = SensitivitySelection.Situation(
        model: model, groups: groups, originals: originals, surgery: surgery, cost: cost, limit: limit, step: step)
      return try sensitivity.allocation(for: situation, configuration)
    }
  }

  /// The network with as many channels less as one step may take; nil where none may go.
  ///
  /// The steps that are still needed at this size take equal fractions.
  private func pruned(
    _ groups: [PrunableGroup], _ allocation: any ChannelAllocation, _ surgery: ChannelSurgery
  ) throws -> (Model, CostLedger)? {
    let ratio = Double(limit) / Double(cost)
    let due = configuration.steps.map { Double($0 - steps.count) } ?? (log(ratio) / log(1 - maxStep) - 1e-9)
    let count = max(1, due.rounded(.up))
    let stepLimit = count == 1 ? limit : max(limit, Int(Double(cost) * pow(ratio, 1 / count)))
    let lowest = Int(((1 - maxStep) * Double(configuration.steps == nil ? cost : stepLimit)).rounded(.up))
    // What the ledger counts is exact for MACs; of a file's bytes it leaves out names and shapes, hence the repeats.
    var budget = stepLimit
    var best: (Model, CostLedger)?
    for _ in 0..<4 {
      var ledger = try CostLedger(
        model.graph, removing: groups.map(\.order), resource: configuration.target.resource, cost: cost,
        times: pruning.times)
      let isMet = allocation.allocate(
        &ledger, budget: budget, lowest: lowest, isLast: count == 1, goal: count == 1 ? budget : limit)
      let removed = zip(groups, ledger.removed).flatMap { $0.order.prefix($1) }
      if pruning.stop?.isStopped ?? false { throw PareError(.interrupted, "pruning was interrupted; nothing was kept") }
      guard !removed.isEmpty else { break }
      var smaller = model
      smaller.graph = try surgery.removing(removed, from: model.graph)
      best = (smaller, ledger)
      let actual = try amount(in: smaller)
      if configuration.target.resource == .macs, actual != ledger.cost {
        throw PareError(.internalFault, "\(actual) MACs are left where \(ledger.cost) were planned")
      }
      guard isMet, actual > stepLimit else { break }
      budget -= actual - stepLimit
    }
    return best
  }
}

extension PruningRun {
  private var remainingEpochs: Int { configuration.epochs - usedEpochs }

  private mutating func accept(
    _ smaller: Model, top1 judged: Double, groups: [PrunableGroup], removed: [Int], halvings: Int
  ) throws {
    let kept = zip(groups, removed).map { ($0.name, $0.order.count - $1) }
    model = smaller
    cost = try amount(in: smaller)
    steps.append(
      PruningReport.Step(
        step: steps.count + 1, remaining: cost, top1Before: top1, top1Pruned: judged, epochs: 0, halvings: halvings,
        keptChannels: Dictionary(uniqueKeysWithValues: kept)))
    top1 = judged
    pruning.onProgress?(
      .pruned(step: steps.count, remaining: Double(cost) / Double(max(originalCost, 1)), top1: judged))
    try fineTune(step: steps.count - 1, epochs: epochsDue)
  }

  /// The epochs due after a step: all that remain when the target is met, otherwise as many as bring those used up to
  /// the steps' part of all epochs times the part of the way that is done, counted in logarithms.
  private var epochsDue: Int {
    guard cost > limit else { return remainingEpochs }
    let way = log(Double(cost) / Double(originalCost)) / log(Double(limit) / Double(originalCost))
    let due = Double(configuration.epochs) * (1 - configuration.finalShare) * way
    return min(max(Int(due.rounded()) - usedEpochs, 0), remainingEpochs)
  }

  private mutating func fineTune(step index: Int, epochs: Int) throws {
    guard let fineTuning = pruning.fineTuning, epochs > 0 else { return }
    pruning.onProgress?(.fineTuning(step: index + 1, epochs: epochs))
    model = try fineTuning(model, epochs, index + 1)
    usedEpochs += epochs
    cost = try amount(in: model)
    top1 = try accuracy(of: model)
    steps[index].epochs += epochs
    steps[index].top1FineTuned = top1
    steps[index].remaining = cost
  }

  private func result(before: Double) throws -> PruningResult {
    let groups = try PrunableGroups(
      rankedBy: L1Norm(), in: PruningContext(model.graph), ignore: configuration.ignore
    ).groups
    let left = Dictionary(groups.map { ($0.name, $0.order.count) }, uniquingKeysWith: { a, _ in a })
    let (costsBefore, costsAfter) = (try original.graph.costs(), try model.graph.costs())
    var notes = notes
    if cost > limit {
      let left = "\(cost) \(configuration.target.resource.unit) are left"
      notes.append(
        left + (corrections == 0 ? ", not \(limit)" : ", which is not enough")
          + ": floors and coupled layers allow no fewer; lower the floors or ignore fewer layers")
    }
    if first.groups.isEmpty { notes.append("no channel of this network can be removed; see the blocked layers") }
    var result = model
    if !steps.isEmpty {
      result.history.append(
        "channels pruned by \(configuration.criterion): MACs \(costsBefore.macs) to \(costsAfter.macs), parameters "
          + "\(costsBefore.parameters) to \(costsAfter.parameters)")
    }
    let report = PruningReport(
      criterion: configuration.criterion, target: configuration.target, limit: limit, remaining: cost,
      before: .init(macs: costsBefore.macs, parameters: costsBefore.parameters),
      after: .init(macs: costsAfter.macs, parameters: costsAfter.parameters), top1Before: before, top1After: top1,
      groups: first.groups.map {
        PruningReport.Group(
          name: $0.name, layers: $0.layers, originalChannels: $0.order.count,
          keptChannels: left[$0.name] ?? $0.order.count, sensitivity: sensitivity.firstCurves[$0.name])
      }, blocked: first.blocked, steps: steps, sensitivitySeconds: sensitivity.seconds, removalSeconds: removalSeconds,
      notes: notes)
    return PruningResult(model: result, report: report)
  }
}
