import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import ONNXFormat
import Reporting
import Tensors

/// Composes methods under a budget and proves the result: measures the network as it came, runs the stages, writes the
/// files, reads them again, and measures what was written.
///
/// Choices are made on training data, a tenth of which is held out to judge; the test split is read once for the
/// original and once for the written file.
public struct Compression {
  let request: CompressionRequest
  private let store: StageStore

  /// Prepares a compression. Nothing is run or written yet.
  public init(_ request: CompressionRequest) {
    self.request = request
    store = StageStore(output: request.output)
  }

  /// Runs it all.
  ///
  /// - Returns: the report; its `exitCode` is 75 where a target or guard was not met (the best found is written).
  /// - Throws: `PareError.badInput` where data and network do not go together, `.cannotWrite` for the output folder,
  ///   `.interrupted` when asked to stop: finished stages are kept for `resumes`.
  public func run() throws -> ReportDocument {
    let started = ContinuousClock.now
    try StageStore.make(request.output)
    if !request.resumes { store.clear() }
    if let note = precisionNote { request.observer.onNote?(note) }
    let data = try CompressionData(request.data, seed: request.settings.seed)
    var original = try MeasuredNetwork(request.model, bytes: originalBytes())
    let teacher = request.teacher ?? request.model
    request.observer.onWork?("measuring the original", 0, 1)
    if let test = data.labelledTest {
      original.accuracy = try accuracy(of: request.model, on: test, data)
      if request.expectsTrainedInput {
        try ChanceCheck(engine: request.engine).verify(
          original.accuracy!, of: request.model, on: test, batches: data.preparation)
      }
    }
    let heldOutTop1 = try data.heldOut.map { try accuracy(of: request.model, on: $0, data).top1 }
    original.latency = try LatencyMeasurement.quick.measure(request.model.graph, engine: request.engine)
    request.observer.onWork?("measuring the original", 1, 1)

    let search = try BudgetSearch(request, data: data, original: original)
    let goal = try search.goal()
    var model = request.model
    var stages: [ReportDocument.Stage] = []
    var notes = goal.notes
    var float: Model?
    var key = requestKey(data)
    for (index, any) in request.settings.stages.enumerated() {
      let stage = any.stage
      let identifier = type(of: stage).identifier
      key = try SHA256.hexadecimal(of: Array((key + CompressionSettings(stages: [any]).yaml()).utf8))
      request.observer.onStage?(index + 1, request.settings.stages.count, stage.title)
      if stage is QuantizeStage, float == nil { float = model }
      if let (finished, record) = try store.finished(index, identifier, key: key) {
        (model, notes) = (finished, notes + record.notes)
        stages.append(record.stage)
        continue
      }
      let context = StageContext(
        engine: request.engine, training: data.training, heldOut: data.heldOut, everything: data.everything,
        originalMACs: original.costs.macs, teacher: teacher, preparation: data.preparation, target: goal.target,
        excess: goal.excess, seed: request.settings.seed, stop: request.stop,
        folder: try store.folder(of: index, identifier), resumes: request.resumes, observer: request.observer)
      try context.checkForStop()
      let begin = ContinuousClock.now
      var outcome = try interruptible { try stage.run(on: model, in: context) }
      outcome.stage.seconds = begin.duration(to: .now).seconds
      model = outcome.model
      try measure(&outcome.stage, model, data, previous: stages.last?.latencyMs ?? original.latency?.milliseconds.p50)
      let record = StageStore.Record(key: key, stage: outcome.stage, notes: outcome.notes)
      model = try store.keep(model, record, at: index, identifier)
      stages.append(outcome.stage)
      notes += outcome.notes
    }

    let result = CompressionResult(
      request: request, data: data, original: original, heldOutTop1: heldOutTop1, model: model, float: float ?? model,
      stages: stages, notes: notes)
    let document = try result.delivered(seconds: started.duration(to: .now).seconds)
    store.clear()
    return document
  }

  /// What is to be said of the precision of the stages that train.
  private var precisionNote: String? {
    let trainings = request.settings.stages.compactMap { any in
      (any.stage as? TrainStage)?.training ?? (any.stage as? PruneStage)?.training
        ?? (any.stage as? SparsifyStage)?.training ?? (any.stage as? LotteryStage)?.training
    }
    return trainings.lazy.compactMap(\.precisionNote).first
  }

  /// Says of an interruption, whatever was interrupted, that finished work is kept and how to go on.
  private func interruptible<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as PareError where error.code == .interrupted {
      throw PareError(
        .interrupted, "interrupted; what is finished is kept in \(store.folder.path), go on with --resume")
    }
  }

  private func originalBytes() throws -> Int {
    if let input = request.input {
      let attributes = try? FileManager.default.attributesOfItem(atPath: input.path)
      if let size = attributes?[.size] as? Int { return size }
    }
    return try request.model.onnxBytes().count
  }

  private func accuracy(of model: Model, on split: Split, _ data: CompressionData) throws -> Accuracy {
    try AccuracyMeasurement.measure(model, on: split, batches: data.preparation, batchSize: 250, engine: request.engine)
  }

  /// The figures of a network after a stage; accuracy is that of the held-out tenth.
  private func measure(
    _ stage: inout ReportDocument.Stage, _ model: Model, _ data: CompressionData, previous: Double?
  ) throws {
    let costs = try model.graph.costs()
    stage.parameters = costs.parameters
    stage.nonzeroParameters = costs.nonzeroParameters
    stage.macs = costs.macs
    stage.fileBytes = try model.onnxBytes().count
    stage.top1 = try data.heldOut.map { try accuracy(of: model, on: $0, data).top1 }
    let latency = try LatencyMeasurement.quick.measure(model.graph, engine: request.engine)
    stage.latencyMs = latency.milliseconds.p50
    let isMeantToBeFaster = [
      PruneStage.identifier, RemoveBlocksStage.identifier, FactorizeStage.identifier, QuantizeStage.identifier,
    ].contains(stage.name)
    if isMeantToBeFaster, let previous {
      stage.helpedOnClock = latency.milliseconds.p50 < previous
    }
  }

  /// What finished stages depend on beside their own settings.
  private func requestKey(_ data: CompressionData) -> String {
    let weights = (try? request.model.onnxBytes()).map { SHA256.hexadecimal(of: Array($0)) } ?? ""
    let teacher = request.teacher.flatMap { try? $0.onnxBytes() }.map { SHA256.hexadecimal(of: Array($0)) } ?? ""
    return [
      weights, teacher, request.data.specification.description, "\(data.training.count)",
      request.settings.targets.map(\.description).joined(separator: ","), "\(request.settings.seed)",
      "\(request.engine.threads)",
    ].joined(separator: "|")
  }
}
