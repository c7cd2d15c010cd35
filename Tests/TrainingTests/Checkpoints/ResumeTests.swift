import Datasets
import Engine
import Foundation
import Graphs
import Tensors
import Testing
import TestSupport

@testable import Training

@Suite struct ResumeTests {
  private func folder() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("pare-checkpoint-\(UUID().uuidString)").path
  }

  private func configuration(_ precision: ProgramOptions.Precision = .float32) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(epochs: 3, batchSize: 64, rate: 0.05, seed: 5)
    configuration.precision = precision
    configuration.augmentation = "shift"
    configuration.accumulation = 2
    return configuration
  }

  /// Stops after so many updates in all, resumes, and goes on until the training is done.
  @Test(
    arguments: [
      ([1], .float32, false), ([5, 11], .float32, false), ([10], .float32, false), ([13, 14, 29], .float32, false),
      ([5, 11], .bfloat16, false), ([5, 11], .float32, true), ([7, 13], .bfloat16, true),
    ] as [([Int], ProgramOptions.Precision, Bool)])
  func stoppedAndResumedEqualsUnbroken(stops: [Int], precision: ProgramOptions.Precision, isRandom: Bool) throws {
    let configuration = configuration(precision)
    let splits = try Dataset(parsing: "digits").trainingSplits(seed: 0)
    let model = try isRandom ? SmallNetworks.digitsRandom() : SmallNetworks.digitsConvolutions()
    let unbroken = try Trainer(configuration, engine: Engine(threads: 1))
      .train(model, on: splits.training, judgedBy: splits.heldOut)

    let folder = folder()
    defer { CheckpointFile(folder: folder).remove() }
    for (index, updates) in stops.enumerated() {
      let token = StopToken()
      var trainer = Trainer(configuration, engine: Engine(threads: 1))
      trainer.checkpointFolder = folder
      trainer.stop = token
      trainer.resumes = index > 0
      trainer.afterUpdate = { state in if state.updates >= updates { token.stop() } }
      let error = #expect(throws: PareError.self) {
        try trainer.train(model, on: splits.training, judgedBy: splits.heldOut)
      }
      #expect(error?.code == .interrupted)
    }
    var trainer = Trainer(configuration, engine: Engine(threads: 1))
    trainer.checkpointFolder = folder
    trainer.resumes = true
    let resumed = try trainer.train(model, on: splits.training, judgedBy: splits.heldOut)
    expectEqual(unbroken, resumed)
  }

  /// A process that is killed leaves whatever checkpoint was last renamed into place: one after every update here.
  @Test func killedAndResumedEqualsUnbroken() throws {
    struct Killed: Error {}
    let splits = try Dataset(parsing: "digits").trainingSplits(seed: 0)
    let model = try SmallNetworks.digitsConvolutions()
    let unbroken = try Trainer(configuration(), engine: Engine(threads: 1))
      .train(model, on: splits.training, judgedBy: splits.heldOut)
    let folder = folder()
    defer { CheckpointFile(folder: folder).remove() }
    var trainer = Trainer(configuration(), engine: Engine(threads: 1))
    trainer.checkpointFolder = folder
    trainer.checkpointSeconds = 0
    trainer.afterUpdate = { state in if state.updates == 17 { throw Killed() } }
    #expect(throws: Killed.self) { try trainer.train(model, on: splits.training, judgedBy: splits.heldOut) }
    #expect(try CheckpointFile(folder: folder).read().snapshot.updates == 16)
    trainer.afterUpdate = nil
    trainer.resumes = true
    expectEqual(unbroken, try trainer.train(model, on: splits.training, judgedBy: splits.heldOut))
    // Resuming what is done gives the same once more.
    expectEqual(unbroken, try trainer.train(model, on: splits.training, judgedBy: splits.heldOut))
  }

  /// Forms of layers are part of a checkpoint: a tuning that says otherwise does not change what is resumed.
  @Test func resumedInTheSameForms() throws {
    struct Killed: Error {}
    let splits = try Dataset(parsing: "digits").trainingSplits(seed: 0)
    let model = try SmallNetworks.digitsConvolutions()
    let folder = folder()
    defer { CheckpointFile(folder: folder).remove() }
    let engine = Engine(threads: 1)
    var trainer = Trainer(configuration(), engine: engine)
    trainer.checkpointFolder = folder
    trainer.checkpointSeconds = 0
    trainer.afterUpdate = { state in if state.updates == 4 { throw Killed() } }
    #expect(throws: Killed.self) { try trainer.train(model, on: splits.training) }
    let forms = try CheckpointFile(folder: folder).read().tuning
    #expect(!forms.isEmpty && forms == engine.tuning.choices)
    let other = Engine(threads: 1)
    other.tuning.adopt(forms.mapValues { _ in "onednn" })
    trainer.engine = other
    trainer.afterUpdate = nil
    trainer.resumes = true
    _ = try trainer.train(model, on: splits.training)
    #expect(other.tuning.choices == forms)
  }

  private func expectEqual(_ a: TrainingResult, _ b: TrainingResult) {
    #expect(a.snapshot.parameters == b.snapshot.parameters)
    #expect(a.snapshot.moments == b.snapshot.moments)
    #expect(a.snapshot.updates == b.snapshot.updates)
    #expect(a.epochs.map(\.trainLoss) == b.epochs.map(\.trainLoss))
    #expect(a.epochs.map(\.top1) == b.epochs.map(\.top1))
    for (name, parameter) in a.model.graph.parameters {
      #expect(parameter.tensor == b.model.graph.parameters[name]?.tensor, "\(name)")
    }
  }

  @Test func nothingToResumeIsAnError() throws {
    var trainer = Trainer(configuration(), engine: Engine(threads: 1))
    trainer.checkpointFolder = folder()
    trainer.resumes = true
    let split = try Dataset(parsing: "digits").split(.train)
    let error = #expect(throws: PareError.self) {
      try trainer.train(SmallNetworks.digitsPerceptron(), on: split)
    }
    #expect(error?.code == .notFound)
  }

  @Test func otherSettingsAreRefused() throws {
    let folder = folder()
    defer { CheckpointFile(folder: folder).remove() }
    var trainer = Trainer(TrainingConfiguration(epochs: 1, batchSize: 8), engine: Engine(threads: 1))
    trainer.checkpointFolder = folder
    _ = try trainer.train(SmallNetworks.referenceLayer(), on: SmallNetworks.referenceSplit())
    trainer.configuration.rate = 0.01
    trainer.resumes = true
    let error = #expect(throws: PareError.self) {
      try trainer.train(SmallNetworks.referenceLayer(), on: SmallNetworks.referenceSplit())
    }
    #expect(error?.code == .badInput)
  }

  @Test func damageIsNoticed() throws {
    let folder = folder()
    let file = CheckpointFile(folder: folder)
    defer { file.remove() }
    let snapshot = TrainingSnapshot(
      parameters: ["w": Tensor([1, 2] as [Float])], moments: [["w": Tensor([3, 4] as [Float])]], updates: 7)
    let position = Checkpoint.Position(epoch: 1, batch: 2, lossBits: Double.pi.bitPattern, seconds: 0.5)
    try file.write(
      Checkpoint(configuration: TrainingConfiguration(), data: "data", position: position, snapshot: snapshot))
    let read = try file.read()
    #expect(read.position == position && read.snapshot.updates == 7)
    #expect(read.snapshot.parameters == snapshot.parameters && read.snapshot.moments == snapshot.moments)
    let path = folder + "/state"
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for position in stride(from: 0, to: whole.count, by: 13) {
      var damaged = whole
      damaged[position] ^= 0x40
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      #expect(throws: PareError.self) { try file.read() }
      try Data(whole.prefix(position)).write(to: URL(fileURLWithPath: path))
      #expect(throws: PareError.self) { try file.read() }
    }
  }
}
