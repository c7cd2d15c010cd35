import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// One training under way. Confined to `Trainer.train`.
final class TrainingRun {
  private let trainer: Trainer
  private let configuration: TrainingConfiguration
  private let model: Model
  private let split: Split
  private let plan: BatchPlan
  private let step: TrainingStep
  private let judge: AccuracyMeasurement?
  private let store: CheckpointFile?
  private let batchesPerEpoch: Int
  private let updatesPerEpoch: Int
  private var position = Checkpoint.Position()
  private var lossSum = 0.0
  private var partSums: [Double]
  private let clock = ContinuousClock()
  private var lastSave: ContinuousClock.Instant
  private let dropout: WeightDropout?

  init(_ trainer: Trainer, model: Model, training: Split, heldOut: Split?) throws {
    self.trainer = trainer
    self.model = model
    let configuration = try trainer.configuration.validated()
    self.configuration = configuration
    let network = try model.graphOnRawPixels(batches: trainer.batches)
    split = try training.matching(network)
    plan = .training(
      batchSize: configuration.batchSize, seed: configuration.seed,
      augmentation: try AugmentationPolicies.named(configuration.augmentation))
    batchesPerEpoch = plan.batchCount(samples: split.count)
    guard batchesPerEpoch > 0 else {
      throw PareError(
        .usage,
        "a batch of \(configuration.batchSize) is more than the \(split.count) samples to train on; choose a "
          + "smaller batch")
    }
    updatesPerEpoch = (batchesPerEpoch + configuration.accumulation - 1) / configuration.accumulation
    store = trainer.checkpointFolder.map { CheckpointFile(folder: $0) }
    let checkpoint = try trainer.resumes ? Self.checkpoint(in: store) : nil
    // The same forms of layers as before, so that the same numbers come out.
    if let checkpoint { trainer.engine.tuning.adopt(checkpoint.tuning) }
    let step = try TrainingStep(
      network, configuration: configuration,
      objective: trainer.objective ?? CrossEntropy(labelSmoothing: configuration.labelSmoothing),
      teacher: trainer.teacher, engine: trainer.engine)
    self.step = step
    dropout = configuration.targetedDropout.map {
      WeightDropout($0, of: step.state, named: step.weights, seed: configuration.seed)
    }
    judge = try heldOut.flatMap { heldOut in
      guard heldOut.labels != nil else { return nil }
      return try AccuracyMeasurement(
        network, on: heldOut, batchSize: configuration.batchSize, engine: trainer.engine,
        parameters: step.state.memory)
    }
    partSums = Array(repeating: 0, count: step.parts.count)
    lastSave = clock.now
    if !trainer.masks.isEmpty { try step.state.setMasks(trainer.masks, on: trainer.engine) }
    if let checkpoint { try resume(from: checkpoint) }
  }

  /// Trains what is left and returns the result.
  func finished() throws -> TrainingResult {
    if position.epoch < configuration.epochs {
      let loader = try BatchLoader(
        split, plan, epochs: position.epoch..<configuration.epochs, startingAt: position.batch)
      defer { loader.cancel() }
      while position.epoch < configuration.epochs {
        try trainEpoch(from: loader)
        try finishEpoch()
      }
    }
    var trained = model
    trained.graph = step.state.graph(model.graph)
    return TrainingResult(model: trained, epochs: position.records, snapshot: step.state.snapshot())
  }

  private func trainEpoch(from loader: BatchLoader) throws {
    var started = clock.now
    let secondsBefore = position.seconds
    func countSeconds() { position.seconds = secondsBefore + started.duration(to: clock.now).seconds }
    while position.batch < batchesPerEpoch {
      if trainer.stop?.isStopped ?? false {
        countSeconds()
        try interrupt()
      }
      let count = min(configuration.accumulation, batchesPerEpoch - position.batch)
      let rate = try update(batches: count, from: loader)
      position.batch += count
      countSeconds()
      report(rate: rate)
      if store != nil, lastSave.duration(to: clock.now).seconds >= trainer.checkpointSeconds {
        try save()
        // Writing is no training: it does not count.
        started = clock.now - .seconds(position.seconds - secondsBefore)
      }
    }
  }

  /// Makes one update from `count` batches; returns its rate.
  private func update(batches count: Int, from loader: BatchLoader) throws -> Double {
    let update = position.epoch * updatesPerEpoch + position.batch / configuration.accumulation
    let updates = updatesPerEpoch * configuration.epochs
    let warmup = Int((configuration.warmupEpochs * Double(updatesPerEpoch)).rounded())
    let rate = configuration.rate * configuration.schedule.factor(update: update, of: updates, warmup: warmup)
    let moment = TrainingMoment(update: update, updates: updates, epoch: position.epoch)
    try step.begin()
    dropout?.leaveOut(update: update)
    for _ in 0..<count {
      guard let batch = try loader.next() else {
        throw PareError(.internalFault, "batches ended before the epoch did")
      }
      let (loss, parts) = try step.accumulate(batch, at: moment)
      lossSum += loss
      for (index, part) in parts.enumerated() { partSums[index] += part }
    }
    dropout?.restore()
    trainer.record?.observe(step.state, batches: count)
    try step.apply(batches: count, rate: rate)
    try trainer.afterUpdate?(step.state)
    return rate
  }

  private func finishEpoch() throws {
    let isLast = position.epoch + 1 == configuration.epochs
    let isJudged = isLast || (position.epoch + 1) % configuration.evaluateEvery == 0
    let record = EpochRecord(
      epoch: position.epoch + 1, trainLoss: lossSum / Double(batchesPerEpoch), parts: meanParts(),
      top1: isJudged ? try judge?.measure().top1 : nil, seconds: position.seconds,
      imagesPerSecond: Double(batchesPerEpoch * configuration.batchSize) / max(position.seconds, 1e-9))
    position = Checkpoint.Position(epoch: position.epoch + 1, records: position.records + [record])
    lossSum = 0
    partSums = Array(repeating: 0, count: partSums.count)
    try save()
    trainer.onEpoch?(record)
  }

  private func meanParts() -> [String: Double] {
    let done = Double(max(position.batch, 1))
    return Dictionary(zip(step.parts, partSums.map { $0 / done }), uniquingKeysWith: { first, _ in first })
  }

  private func report(rate: Double) {
    guard let onProgress = trainer.onProgress else { return }
    let perBatch = position.seconds / Double(position.batch)
    let left = (configuration.epochs - position.epoch) * batchesPerEpoch - position.batch
    onProgress(
      TrainingProgress(
        epoch: position.epoch + 1, epochs: configuration.epochs, step: position.batch, steps: batchesPerEpoch,
        loss: lossSum / Double(position.batch), parts: meanParts(), rate: rate,
        imagesPerSecond: Double(configuration.batchSize) / max(perBatch, 1e-12), secondsLeft: perBatch * Double(left)))
  }
}

extension TrainingRun {
  /// What the data looks like, so that a checkpoint is not continued on another.
  private var dataDescription: String {
    "\(split.count) samples, \(split.classCount.map(String.init) ?? "no") classes"
  }

  private func save() throws {
    guard let store else { return }
    position.lossBits = lossSum.bitPattern
    position.partBits = partSums.map(\.bitPattern)
    try store.write(
      Checkpoint(
        configuration: configuration, data: dataDescription, position: position, snapshot: step.state.snapshot(),
        tuning: trainer.engine.tuning.choices, record: trainer.record?.tensors ?? [:]))
    lastSave = clock.now
  }

  private func interrupt() throws -> Never {
    try save()
    let advice = store.map { "a checkpoint is in \($0.folder); --resume goes on from there" } ?? "nothing was kept"
    throw PareError(.interrupted, "training was interrupted in epoch \(position.epoch + 1); \(advice)")
  }

  private static func checkpoint(in store: CheckpointFile?) throws -> Checkpoint {
    guard let store else { throw PareError(.usage, "resuming needs the folder of a checkpoint") }
    return try store.read()
  }

  private func resume(from checkpoint: Checkpoint) throws {
    let folder = store?.folder ?? ""
    guard checkpoint.configuration == configuration else {
      throw PareError(
        .badInput, "the checkpoint was written with other settings; resume with those, or start again without --resume",
        context: ["folder": folder])
    }
    guard checkpoint.data == dataDescription else {
      throw PareError(
        .badInput, "the checkpoint was written for other data (\(checkpoint.data); here \(dataDescription))",
        context: ["folder": folder])
    }
    let isSameNetwork = Set(checkpoint.snapshot.parameters.keys) == Set(step.state.snapshot().parameters.keys)
    let fits =
      isSameNetwork && checkpoint.position.partBits.count == partSums.count
      && (0...configuration.epochs).contains(checkpoint.position.epoch)
      && (0...batchesPerEpoch).contains(checkpoint.position.batch)
    guard fits else {
      throw PareError(
        .badInput, "the checkpoint belongs to another network; resume with the one that was being trained",
        context: ["folder": folder])
    }
    try step.state.load(checkpoint.snapshot)
    trainer.record?.tensors = checkpoint.record
    position = checkpoint.position
    lossSum = Double(bitPattern: position.lossBits)
    partSums = position.partBits.map { Double(bitPattern: $0) }
  }
}
