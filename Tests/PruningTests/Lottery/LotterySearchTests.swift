import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import Tensors
import Testing
import Training
import Zoo

@testable import Pruning

@Suite("Searches for lottery tickets on digits")
struct LotterySearchTests {
  private let engine = Engine(threads: 1)
  private struct Killed: Error {}

  private static func network() throws -> Model { try Zoo.model(ZooReference(parsing: "zoo:digits_mlp?seed=3")) }

  private func search(
    _ configuration: LotteryConfiguration, on training: Split, judgedBy heldOut: Split? = nil,
    changing change: @escaping (inout Trainer, Int) throws -> Void = { _, _ in }
  ) -> LotterySearch {
    var search = LotterySearch(configuration, engine: engine)
    search.training = { model, round, hold in
      var trainer = Trainer(
        TrainingConfiguration(epochs: configuration.epochs, batchSize: 64, rate: 0.1, seed: 3), engine: engine)
      try change(&trainer, round)
      try hold(&trainer)
      return try trainer.train(model, on: training, judgedBy: heldOut)
    }
    search.judge = { model in
      try heldOut.map { try AccuracyMeasurement.measure(model, on: $0, batchSize: 100, engine: engine).top1 }
    }
    return search
  }

  @Test("each round leaves out as many weights as asked, and the ticket learns", arguments: PrunedAction.allCases)
  func rounds(_ pruned: PrunedAction) throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try Self.network()
    var configuration = LotteryConfiguration(.largeFinal, sparsity: 0.875, rounds: 3, epochs: 5)
    configuration.pruned = pruned
    var told: [Int] = []
    var search = search(configuration, on: training, judgedBy: heldOut)
    search.onRound = { told.append($0.round) }
    let result = try search.run(on: model)
    let rounds = result.report.rounds
    #expect(told == [0, 1, 2, 3] && rounds.map(\.round) == told)
    for (round, sparsity) in zip(rounds, [0, 0.5, 0.75, 0.875]) {
      #expect(abs(round.sparsity - sparsity) * Double(result.report.weights) <= 1.5)
      #expect(round.epochs == 5 && round.trainLoss != nil)
    }
    #expect(result.masks.zeros == result.report.weights - rounds[3].kept)
    #expect(rounds[0].top1! > 0.9 && rounds[3].top1! > 0.85 && rounds[0].top1Untrained! < 0.3)
    for (name, mask) in result.masks.kept {
      let (before, after) = (model.graph.parameters[name]!.tensor, result.model.graph.parameters[name]!.tensor)
      for (index, keep) in mask.array(of: UInt8.self).enumerated() where keep == 0 {
        #expect(after.floats[index] == (pruned == .zero ? 0 : before.floats[index]))
      }
    }
    #expect(result.model.history.last?.contains("lottery ticket by large_final") == true)
  }

  @Test("a mask alone recognises digits far above chance, its control does not")
  func supermask() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    func untrained(_ criterion: MaskCriterion) throws -> Double {
      var configuration = LotteryConfiguration(criterion, sparsity: 0.5, rounds: 1, epochs: 8)
      configuration.survivors = .constantSign
      return try search(configuration, on: training, judgedBy: heldOut).run(on: Self.network()).report.rounds[1]
        .top1Untrained!
    }
    let (mask, control) = (try untrained(.largeFinalSameSign), try untrained(.random))
    #expect(mask > 0.5 && control < 0.35, "\(mask) and \(control)")
  }

  @Test("weights are rewound to an update of the first training")
  func rewinding() throws {
    let training = try Dataset(parsing: "digits").split(.train)
    var configuration = LotteryConfiguration(sparsity: 0.5, rounds: 1, epochs: 1)
    configuration.rewindUpdates = 5
    var then: [String: Tensor] = [:]
    var search = search(configuration, on: training) { trainer, round in
      guard round == 0 else { return }
      trainer.afterUpdate = { if $0.updates == 5 { then = $0.snapshot().parameters } }
    }
    let train = search.training!
    var start: Graph?
    search.training = { model, round, hold in
      if round == 1 { start = model.graph }
      return try train(model, round, hold)
    }
    let result = try search.run(on: Self.network())
    for (name, mask) in result.masks.kept {
      let wanted = zip(then[name]!.floats, mask.array(of: UInt8.self)).map { $1 == 0 ? 0 : $0 }
      #expect(start!.parameters[name]!.tensor.floats == wanted)
    }
    configuration.rewindUpdates = 10_000
    search.configuration = configuration
    #expect(throws: PareError.self) { try search.run(on: Self.network()) }
    (search.origin, search.configuration.rewindUpdates) = (try Self.network().graph, 5)
    #expect(throws: PareError.self) { try search.run(on: Self.network()) }
  }

  @Test(
    "killed between or within rounds and resumed equals never killed", arguments: [(1, 0), (1, 10), (2, 3), (0, 12)])
  func resumed(_ round: Int, updates: Int) throws {
    let training = try Dataset(parsing: "digits").split(.train)
    var configuration = LotteryConfiguration(.magnitudeIncrease, sparsity: 0.8, rounds: 2, epochs: 2)
    configuration.rewindUpdates = 7
    let model = try Self.network()
    let unbroken = try search(configuration, on: training).run(on: model)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pare-lottery-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func checkpoint(_ round: Int) -> String { folder.appendingPathComponent("round-\(round)").path }
    var killed = search(configuration, on: training) { trainer, own in
      (trainer.checkpointFolder, trainer.checkpointSeconds) = (checkpoint(own), 0)
      guard own == round else { return }
      if updates == 0 { throw Killed() }
      trainer.afterUpdate = { if $0.updates == updates { throw Killed() } }
    }
    killed.rewindFile = folder.appendingPathComponent("rewind.onnx")
    #expect(throws: Killed.self) { try killed.run(on: model) }
    var trainings = 0
    var resumed = search(configuration, on: training) { trainer, own in
      trainer.checkpointFolder = checkpoint(own)
      trainer.resumes = CheckpointFile(folder: checkpoint(own)).exists
      trainer.onProgress = { _ in trainings = max(trainings, 1 + own) }
    }
    resumed.rewindFile = killed.rewindFile
    let result = try resumed.run(on: model)
    #expect(result.masks == unbroken.masks && result.report == unbroken.report && trainings == 3)
    for (name, parameter) in unbroken.model.graph.parameters {
      #expect(result.model.graph.parameters[name]!.tensor == parameter.tensor)
    }
  }

  @Test("what is already trained is only pruned and rewound")
  func trainedBefore() throws {
    let training = try Dataset(parsing: "digits").split(.train)
    let origin = try Self.network()
    let trained = try Trainer(TrainingConfiguration(epochs: 3, batchSize: 64, rate: 0.1), engine: engine)
      .train(origin, on: training).model
    var search = LotterySearch(LotteryConfiguration(sparsity: 0.5, rounds: 1), engine: engine)
    search.origin = origin.graph
    let result = try search.run(on: trained)
    let rule = try WeightRule(WeightPruningConfiguration(sparsity: 0.5), graph: trained.graph)
    #expect(result.masks == (try rule.masks(of: trained.graph, sparsity: 0.5)))
    for (name, parameter) in result.masks.applied(to: origin.graph).parameters {
      #expect(result.model.graph.parameters[name]!.tensor == parameter.tensor)
    }
    search.origin = try Zoo.graph(ZooReference(parsing: "zoo:lenet300"))
    #expect(throws: PareError.self) { try search.run(on: trained) }
  }
}
