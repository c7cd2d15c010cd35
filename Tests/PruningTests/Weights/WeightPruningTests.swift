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

@Suite("Weight pruning of a network for digits")
struct WeightPruningTests {
  private let engine = Engine(threads: 1)

  /// Two convolutions with batch normalisation and a dense layer.
  private static func network() throws -> Model {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 2)
    var x = builder.imageInput(channels: 1, height: 8, width: 8)
    for (index, channels) in [16, 32].enumerated() {
      x = try builder.convolution(
        x, outputs: channels, kernel: 3, stride: index + 1, initializer: he, name: "conv\(index)")
      x = try builder.relu(builder.batchNormalization(x, name: "bn\(index)"))
    }
    let pooled = try builder.flattened(builder.globalAveragePool(x))
    try builder.output(builder.dense(pooled, outputs: 10, initializer: he, name: "fc"), as: "logits")
    return Model(try builder.build())
  }

  private func trainer(_ epochs: Int, rate: Double = 0.05) -> Trainer {
    var configuration = TrainingConfiguration(epochs: epochs, batchSize: 64, rate: rate, seed: 3)
    configuration.weightDecay = 1e-3
    return Trainer(configuration, engine: engine)
  }

  private func pruning(
    _ configuration: WeightPruningConfiguration, on training: Split,
    changing change: @escaping (inout Trainer, Int) -> Void = { _, _ in }
  ) -> WeightPruning {
    var pruning = WeightPruning(configuration, engine: engine)
    pruning.fineTuning = { model, epochs, round, holding in
      var trainer = trainer(epochs)
      change(&trainer, round)
      holding.install(in: &trainer, samples: training.count)
      return try trainer.train(model, on: training)
    }
    return pruning
  }

  @Test(
    "four fifths of the weights, by every schedule: exactly reached, still accurate",
    arguments: SparsitySchedule.allCases)
  func schedules(_ schedule: SparsitySchedule) throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try trainer(6, rate: 0.1).train(Self.network(), on: training).model
    var configuration = WeightPruningConfiguration(sparsity: 0.8, epochs: 6)
    (configuration.schedule, configuration.selection) = (schedule, .global)
    var rounds: [Int] = []
    let result = try pruning(configuration, on: training, changing: { rounds.append($1) })
      .compress(model, trainingOn: training)
    #expect(rounds == (schedule == .iterative ? [1, 2, 3] : [1]))
    let report = result.report
    #expect(report.zeros == Int((0.8 * Double(report.weights)).rounded()))
    #expect(report.weights == 16 * 9 + 32 * 16 * 9 + 320)
    #expect(result.masks.zeros == report.zeros)
    #expect(result.masks == WeightMasks(zerosOf: result.masks.kept.keys, in: result.model.graph))
    let before = try AccuracyMeasurement.measure(model, on: heldOut, batchSize: 100, engine: engine).top1
    let after = try AccuracyMeasurement.measure(result.model, on: heldOut, batchSize: 100, engine: engine).top1
    #expect(before > 0.9 && after > before - 0.06)
    let costs = try result.model.graph.costs()
    #expect(costs.parameters - costs.nonzeroParameters >= report.zeros)
    #expect(result.model.history.last?.contains("weights pruned by l1, weight, \(schedule.rawValue)") == true)
  }

  @Test("lottery tickets: in each round the weights that stay start again from where they came")
  func rewinding() throws {
    let training = try Dataset(parsing: "digits").split(.train)
    let initial = try Self.network()
    let model = try trainer(2, rate: 0.1).train(initial, on: training).model
    var configuration = WeightPruningConfiguration(sparsity: 0.75, epochs: 2)
    (configuration.schedule, configuration.rounds) = (.iterative, 2)
    var starts: [Graph] = []
    var pruning = pruning(configuration, on: training)
    let train = pruning.fineTuning!
    pruning.fineTuning = { model, epochs, round, holding in
      starts.append(model.graph)
      return try train(model, epochs, round, holding)
    }
    pruning.rewinding = initial.graph
    let result = try pruning.compress(model, trainingOn: training)
    #expect(result.report.sparsity == 0.75 && starts.count == 2)
    for (start, sparsity) in zip(starts, [0.5, 0.75]) {
      let masks = WeightMasks(zerosOf: result.masks.kept.keys, in: start)
      #expect(masks.sparsity == sparsity)
      for (name, parameter) in masks.applied(to: initial.graph).parameters {
        #expect(start.parameters[name]!.tensor == parameter.tensor)
      }
    }
    #expect(result.model.history.last?.contains("started again each round") == true)
    pruning.rewinding = try Zoo.graph(ZooReference(parsing: "zoo:digits_mlp"))
    #expect(throws: PareError.self) { try pruning.compress(model, trainingOn: training) }
    (pruning.rewinding, pruning.configuration.schedule) = (initial.graph, .agp)
    #expect(throws: PareError.self) { try pruning.compress(model, trainingOn: training) }
  }

  @Test("soft: weights that are zero after an epoch are trained again, and after the last they stay zero")
  func soft() throws {
    let training = try Dataset(parsing: "digits").split(.train)
    var configuration = WeightPruningConfiguration(sparsity: 0.6, epochs: 3)
    configuration.schedule = .soft
    var zeros: [Double] = []
    let perEpoch = training.count / 64
    let pruning = pruning(configuration, on: training) { trainer, _ in
      trainer.onProgress = { _ in }
      trainer.afterUpdate = { state in
        // Before the schedule's own turn: what the epoch made of its zeros, and an update before that.
        guard state.updates % perEpoch <= 1 else { return }
        let values = state.memory.tensor("conv1.weight").floats
        zeros.append(Double(values.count { $0 == 0 }) / Double(values.count))
      }
    }
    let result = try pruning.compress(Self.network(), trainingOn: training)
    // Updates 1, n, n + 1, 2n, 2n + 1, 3n: weights are zero after an epoch, and are not any more an update later.
    #expect(zeros.count == 6 && zeros.allSatisfy { $0 < 0.05 }, "\(zeros)")
    #expect(abs(result.report.sparsity - 0.6) < 1e-3)
    #expect(result.masks == WeightMasks(zerosOf: result.masks.kept.keys, in: result.model.graph))
  }

  @Test(
    "weights judged while they are trained: the sparsity asked for, and still accurate",
    arguments: [("movement", .agp), ("taylor", .agp), ("taylor", .soft)]
      as [(String, SparsitySchedule)])
  func judgedInTraining(_ criterion: String, _ schedule: SparsitySchedule) throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try trainer(6, rate: 0.1).train(Self.network(), on: training).model
    // What training a few epochs shows of a weight's movement is mostly noise.
    var configuration = WeightPruningConfiguration(sparsity: 0.7, epochs: criterion == "movement" ? 30 : 6)
    (configuration.criterion, configuration.schedule) = (criterion, schedule)
    configuration.selection = criterion == "movement" ? .uniform : .global
    let result = try pruning(configuration, on: training).compress(model, trainingOn: training)
    #expect(abs(Double(result.report.zeros) - 0.7 * Double(result.report.weights)) <= 1.5)
    let after = try AccuracyMeasurement.measure(result.model, on: heldOut, batchSize: 100, engine: engine).top1
    #expect(after > 0.85, "\(after)")
    configuration.epochs = 0
    guard criterion == "movement" else { return }
    #expect(throws: PareError.self) {
      try pruning(configuration, on: training).compress(model, trainingOn: training)
    }
  }

  @Test("two of four, kernels and blocks stay zero through training", arguments: ["2:4", "kernel", "block:1x16"])
  func granularities(_ text: String) throws {
    let training = try Dataset(parsing: "digits").split(.train)
    var configuration = WeightPruningConfiguration(granularity: try WeightGranularity(parsing: text), epochs: 1)
    if configuration.granularity.fixedSparsity == nil { configuration.sparsity = 0.7 }
    let result = try pruning(configuration, on: training).compress(Self.network(), trainingOn: training)
    #expect(abs(result.report.sparsity - (configuration.granularity.fixedSparsity ?? 0.7)) < 0.05)
    #expect(result.masks == WeightMasks(zerosOf: result.masks.kept.keys, in: result.model.graph))
    if text == "2:4" {
      #expect(result.report.dense.map(\.name) == ["conv0.weight"])
      let weights = result.model.graph.parameters["conv1.weight"]!.tensor.floats
      for output in 0..<32 {
        for group in 0..<4 {
          for position in 0..<9 {
            let four = (0..<4).map { weights[(output * 16 + group * 4 + $0) * 9 + position] }
            #expect(four.count { $0 == 0 } == 2)
          }
        }
      }
    }
  }

  @Test("gradients judge weights, too: those with the smallest squared product of weight and gradient go")
  func taylor() throws {
    let training = try Dataset(parsing: "digits").split(.train)
    var configuration = WeightPruningConfiguration(sparsity: 0.5)
    (configuration.criterion, configuration.samples, configuration.evidenceBatch) = ("taylor", 50, 50)
    let model = try trainer(1, rate: 0.1).train(Self.network(), on: training).model
    let result = try WeightPruning(configuration, engine: engine).compress(model, trainingOn: training)
    #expect(result.report.sparsity == 0.5)
    let measurement = try GradientMeasurement(
      of: model, on: training.sample(atMost: 50, seed: 0), batchSize: 50, engine: engine)
    try measurement.forEachBatch {
      for (name, mask) in result.masks.kept {
        let weights = model.graph.parameters[name]!.tensor.doubles
        let products = zip(weights, measurement.state.gradient(name).doubles).map { abs($0 * $1) }
        let pairs = zip(products, mask.array(of: UInt8.self))
        let (gone, kept) = (pairs.filter { $0.1 == 0 }.map(\.0), pairs.filter { $0.1 == 1 }.map(\.0))
        #expect(gone.count == kept.count && gone.max()! <= kept.min()! && kept.max()! > 0)
      }
    }
  }

  @Test(
    "killed and resumed equals never killed, while weights become zero and after",
    arguments: [
      (.agp, "l1"), (.oneShot, "l1"), (.soft, "l1"), (.agp, "taylor"), (.agp, "movement"), (.soft, "taylor"),
    ]
      as [(SparsitySchedule, String)], [2, 20, 55])
  func resumed(_ course: (schedule: SparsitySchedule, criterion: String), updates: Int) throws {
    struct Killed: Error {}
    let training = try Dataset(parsing: "digits").split(.train)
    var configuration = WeightPruningConfiguration(sparsity: 0.9, epochs: 3)
    (configuration.schedule, configuration.criterion) = course
    let model = try Self.network()
    let unbroken = try pruning(configuration, on: training).compress(model, trainingOn: training)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pare-sparse-\(UUID().uuidString)").path
    defer { CheckpointFile(folder: folder).remove() }
    let killed = pruning(configuration, on: training) { trainer, _ in
      (trainer.checkpointFolder, trainer.checkpointSeconds) = (folder, 0)
      trainer.afterUpdate = { state in if state.updates == updates { throw Killed() } }
    }
    #expect(throws: Killed.self) { try killed.compress(model, trainingOn: training) }
    let resumed = try pruning(configuration, on: training) { trainer, _ in
      (trainer.checkpointFolder, trainer.resumes) = (folder, true)
    }.compress(model, trainingOn: training)
    #expect(resumed.masks == unbroken.masks)
    for (name, parameter) in unbroken.model.graph.parameters {
      #expect(resumed.model.graph.parameters[name]!.tensor == parameter.tensor)
    }
  }
}
