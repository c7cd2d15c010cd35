import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import Tensors
import Testing
import Training

@testable import Pruning

@Suite("Channel pruning of a network for digits")
struct ChannelPruningTests {
  /// A residual block with an option-A shortcut, small enough to train in seconds.
  private static func network() throws -> Model {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 2)
    let input = builder.imageInput(channels: 1, height: 8, width: 8)
    func layer(_ x: Value, _ outputs: Int, stride: Int = 1, _ name: String) throws -> Value {
      let y = try builder.convolution(x, outputs: outputs, kernel: 3, stride: stride, initializer: he, name: name)
      return try builder.batchNormalization(y, name: "\(name)_bn")
    }
    let stem = try builder.relu(layer(input, 12, "stem"))
    let inner = try builder.relu(layer(stem, 24, stride: 2, "inner"))
    let rows = try builder.slice(stem, axis: 2, step: 2)
    let shortcut = try builder.padded(builder.slice(rows, axis: 3, step: 2), axis: 1, before: 6, after: 6)
    let x = try builder.relu(builder.sum(layer(inner, 24, "outer"), shortcut))
    try builder.output(
      builder.dense(builder.flattened(builder.globalAveragePool(x)), outputs: 10, initializer: he, name: "fc"),
      as: "logits")
    return Model(try builder.build())
  }

  private let engine = Engine(threads: 1)

  private func trained(_ model: Model, epochs: Int, rate: Double, on split: Split) throws -> Model {
    try Trainer(TrainingConfiguration(epochs: epochs, batchSize: 64, rate: rate), engine: engine)
      .train(model, on: split).model
  }

  @Test("half the MACs with fine-tuning in steps: the target is met, accuracy stays, the file is smaller")
  func halfTheMACs() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try trained(Self.network(), epochs: 6, rate: 0.1, on: training)
    var pruning = ChannelPruning(ChannelPruningConfiguration(target: .macs(0.5), epochs: 6), engine: engine)
    var calls: [Int] = []
    var numbers: [Int] = []
    pruning.fineTuning = { model, epochs, step in
      calls.append(epochs)
      numbers.append(step)
      return try trained(model, epochs: epochs, rate: 0.05, on: training)
    }
    var events: [PruningProgress] = []
    pruning.onProgress = { events.append($0) }
    let result = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
    let report = result.report
    #expect(result.isReached && report.remaining == report.after.macs)
    #expect(Double(report.after.macs) <= 0.5 * Double(report.before.macs))
    #expect(try result.model.graph.costs().macs == report.after.macs)
    #expect(try result.model.onnxBytes().count < model.onnxBytes().count * 7 / 10)
    #expect(calls.reduce(0, +) == 6 && report.steps.reduce(0) { $0 + $1.epochs } == 6)
    #expect(report.steps.count >= 4 && numbers == numbers.sorted() && numbers.last == report.steps.count)
    var left = report.before.macs
    for step in report.steps {
      // One channel more than a fifth may go where the target is within reach.
      #expect(Double(step.remaining) >= 0.78 * Double(left))
      left = step.remaining
    }
    #expect(report.top1Before > 0.9)
    #expect(report.top1After > report.top1Before - 0.04)
    let measured = try AccuracyMeasurement.measure(result.model, on: heldOut, batchSize: 100, engine: engine)
    #expect(measured.top1 == report.top1After)
    #expect(report.groups.map(\.originalChannels) == [12, 24, 12])
    for group in report.groups {
      #expect(group.keptChannels >= ChannelLimits().floor(original: group.originalChannels))
    }
    #expect(report.groups.allSatisfy { $0.sensitivity?.points.count == 3 })
    #expect(report.blocked.map(\.name) == ["fc.weight"])
    #expect(events.contains { if case .sensitivity(1, 9, 9) = $0 { true } else { false } })
    #expect(result.model.history.count == 1)
  }

  @Test("parameters and bytes as targets; nothing is trained; the same seed gives the same network")
  func otherTargets() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try Self.network()
    for target in [
      PruningTarget.parameters(0.6), .size(0.7), PruningTarget(.macs, .absolute(200_000)),
      PruningTarget(.channels, .fraction(0.5)),
    ] {
      var configuration = ChannelPruningConfiguration(target: target, criterion: "random", seed: 5)
      configuration.remeasures = false
      configuration.samples = 50
      let pruning = ChannelPruning(configuration, engine: engine)
      let result = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
      #expect(result.isReached)
      #expect(try target.resource.amount(in: result.model) <= result.report.limit)
      let again = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
      #expect(try result.model.onnxBytes() == again.model.onnxBytes())
    }
  }

  @Test("a target out of reach is not met, and says why")
  func outOfReach() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    var configuration = ChannelPruningConfiguration(target: .macs(0.1))
    configuration.limits = ChannelLimits(fraction: 0.5)
    configuration.ignore = ["inner*"]
    configuration.samples = 50
    let result = try ChannelPruning(configuration, engine: engine)
      .compress(Self.network(), trainingOn: training, judgedBy: heldOut)
    #expect(!result.isReached && result.report.notes.count == 1)
    #expect(result.report.groups.map(\.keptChannels) == [6, 24, 6])
    #expect(result.report.groups[1].sensitivity == nil)
  }

  @Test(
    "criteria that look at data, and selections that measure no sensitivity, meet the target",
    arguments: [
      ("apoz", ChannelSelection.uniform), ("activation", .global), ("taylor", .global), ("slimming", .global),
      ("fpgm", .uniform), ("group", .global), ("taylor", .sensitivity),
    ])
  func selections(_ criterion: String, _ selection: ChannelSelection) throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try trained(Self.network(), epochs: 4, rate: 0.1, on: training)
    var configuration = ChannelPruningConfiguration(target: .macs(0.6), criterion: criterion, epochs: 4)
    configuration.selection = selection
    configuration.samples = 200
    var pruning = ChannelPruning(configuration, engine: engine)
    pruning.fineTuning = { model, epochs, _ in try trained(model, epochs: epochs, rate: 0.05, on: training) }
    let result = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
    #expect(result.isReached && result.report.top1After > 0.85)
    #expect(result.report.groups.allSatisfy { ($0.sensitivity == nil) == (selection != .sensitivity) })
  }

  @Test("layers lose what their ratios say, in steps")
  func ratios() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    var configuration = ChannelPruningConfiguration()
    configuration.layerRatios = [LayerRatio("inner*", removed: 0.75), LayerRatio("stem", removed: 0.25)]
    configuration.limits = ChannelLimits(fraction: 0)
    let model = try Self.network()
    let result = try ChannelPruning(configuration, engine: engine)
      .compress(model, trainingOn: training, judgedBy: heldOut)
    #expect(result.isReached && result.report.steps.count > 1)
    #expect(result.report.groups.map(\.keptChannels) == [9, 6, 12])
    #expect(try result.model.graph.costs().macs == configuration.macsLimit(in: model))
  }

  @Test(
    "channels that are zero in one training and removed behind it: the target is met, nothing changes with the removal",
    arguments: [SparsitySchedule.agp, .soft])
  func withinTraining(_ schedule: SparsitySchedule) throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try trained(Self.network(), epochs: 4, rate: 0.1, on: training)
    var configuration = ChannelPruningConfiguration(target: .macs(0.5), epochs: 4)
    (configuration.schedule, configuration.samples) = (schedule, 200)
    var pruning = ChannelPruning(configuration, engine: engine)
    var masked: Model?
    var zeros: [Int] = []
    // A filter before a rectifier may stay where it is once it is zero: no gradient passes a negative shift.
    let layers = schedule == .soft ? ["outer.weight"] : ["stem.weight", "inner.weight", "outer.weight"]
    if schedule == .soft { pruning.configuration.layerRatios = [try LayerRatio(parsing: "outer.weight=0.25")] }
    let perEpoch = training.count / 64
    pruning.maskedTraining = { model, epochs, holding in
      var trainer = Trainer(TrainingConfiguration(epochs: epochs, batchSize: 64, rate: 0.05), engine: engine)
      trainer.afterUpdate = { state in
        guard state.updates % perEpoch == 1 || state.updates == epochs * perEpoch else { return }
        zeros.append(
          layers.reduce(0) { sum, layer in
            sum + state.memory.tensor(layer).filters(along: 0).count { $0.allSatisfy { $0 == 0 } }
          })
      }
      holding.install(in: &trainer, samples: training.count)
      let result = try trainer.train(model, on: training)
      masked = result.model
      return result
    }
    let result = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
    let report = result.report
    #expect(result.isReached && report.steps.count == 1 && report.steps[0].epochs == 0)
    #expect(report.top1After > 0.8, "\(report.top1After)")
    let kept = Dictionary(uniqueKeysWithValues: report.groups.map { ($0.name, $0.keptChannels) })
    let macs = try result.model.graph.costs().macs
    let chosen = report.steps[0].keptChannels
    #expect(chosen.allSatisfy { kept[$0] == $1 } && macs == report.remaining)
    #expect(schedule == .agp ? chosen == kept : !chosen.isEmpty)
    // The network that was trained with zeros knows as much as what is left of it.
    let before = try #require(masked)
    let top1 = try AccuracyMeasurement.measure(before, on: heldOut, batchSize: 100, engine: engine).top1
    #expect(abs(top1 - report.top1After) < (schedule == .agp ? 0.004 : 0.02), "\(top1), \(report.top1After)")
    if schedule == .agp {
      #expect(zeros == zeros.sorted() && zeros.last! > 0, "\(zeros): ever more, and they stay")
    } else {
      let gone = report.groups.reduce(0) { sum, group in
        sum + group.layers.count(where: layers.contains) * (group.originalChannels - group.keptChannels)
      }
      #expect(zeros.count == 5 && zeros.allSatisfy { $0 < gone }, "\(zeros) of \(gone): they are trained again")
    }
    // What was chosen for a training that did not end is kept to, whatever would be chosen now.
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try JSONEncoder().encode(["inner.weight": 5, "stem.weight": 1]).write(to: file)
    pruning.lossesFile = file
    pruning.configuration.layerRatios = []
    let resumed = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
    #expect(resumed.report.groups.map { $0.originalChannels - $0.keptChannels } == [1, 5, 0])
    pruning.maskedTraining = nil
    #expect(throws: PareError.self) { try pruning.compress(model, trainingOn: training, judgedBy: heldOut) }
    pruning.configuration.epochs = 0
    #expect(throws: PareError.self) { try pruning.configuration.validated() }
  }

  @Test("a latency as target: by the times of layers, which are measured")
  func latency() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    var configuration = ChannelPruningConfiguration(target: PruningTarget(.latency, .fraction(0.6)))
    configuration.samples = 50
    var pruning = ChannelPruning(configuration, engine: engine)
    #expect(throws: PareError.self) { try pruning.compress(Self.network(), trainingOn: training, judgedBy: heldOut) }
    // Stairs: up to eight channels take as long as eight.
    let times = LayerTimes(engine: engine)
    times.model = { _, inputs, outputs in
      let pixels = outputs[0].dimensions.dropFirst(2).reduce(1, *)
      return pixels * ((inputs[0][1] + 7) / 8) * ((outputs[0][1] + 7) / 8)
    }
    pruning.times = times
    let result = try pruning.compress(Self.network(), trainingOn: training, judgedBy: heldOut)
    let (before, after) = (try times.total(of: Self.network().graph), try times.total(of: result.model.graph))
    #expect(after == result.report.remaining && result.isReached && result.report.limit < before)
    let kept = result.report.groups.map(\.keptChannels)
    #expect(after <= before * 6 / 10 && kept.contains { $0 <= 8 }, "\(kept)")
    pruning.configuration.selection = .uniform
    #expect(throws: PareError.self) { try pruning.configuration.validated() }
  }

  @Test("as many steps as are asked for, all at once included", arguments: [1, 2, 5])
  func steps(count: Int) throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    var configuration = ChannelPruningConfiguration(target: .macs(0.4))
    (configuration.steps, configuration.selection) = (count, .uniform)
    let result = try ChannelPruning(configuration, engine: engine)
      .compress(Self.network(), trainingOn: training, judgedBy: heldOut)
    #expect(result.isReached && result.report.steps.count == count)
    #expect(Double(result.report.remaining) > 0.3 * Double(result.report.before.macs))
    configuration.steps = 0
    #expect(throws: PareError.self) { try configuration.validated() }
  }

  @Test("a network that meets the target and is not enough is cut further, below its floors if these may give way")
  func tightened() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try Self.network()
    let asked = try model.graph.costs().macs / 2
    func left(loosens: Bool, _ excess: ((Model) throws -> Double)?) throws -> Int {
      var configuration = ChannelPruningConfiguration(target: .macs(0.6))
      configuration.selection = .uniform
      configuration.limits = try .reaching(configuration.target, in: model, roundTo: 1)
      var pruning = ChannelPruning(configuration, engine: engine)
      (pruning.excess, pruning.loosensFloors) = (excess, loosens)
      return try pruning.compress(model, trainingOn: training, judgedBy: heldOut).report.remaining
    }
    let plain = try left(loosens: false, nil)
    let enough = try left(loosens: true) { try Double($0.graph.costs().macs) / Double(asked) }
    #expect(plain > asked && enough <= asked && Double(enough) > 0.85 * Double(asked))
    var judged = 0
    let least = try left(loosens: true) { _ in
      judged += 1
      return 1.05
    }
    #expect(judged == 6 && least < enough, "what is never enough ends")
  }

  @Test("a quantized network is refused: its weights are no float numbers")
  func quantized() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 1, height: 8, width: 8)
    let stored = builder.parameter("conv.weight", Tensor([Int8](repeating: 3, count: 36), shape: [4, 1, 3, 3]))
    let scale = builder.parameter("conv.scale", Tensor([0.1] as [Float], shape: []))
    let weights = try builder.add(DequantizeLinear(), [stored, scale])[0]
    let y = try builder.add(Convolution(window: SpatialWindow(kernel: [3, 3])), [x, weights])[0]
    try builder.output(
      builder.dense(builder.flattened(y), outputs: 10, initializer: HeInitializer(), name: "fc"), as: "logits")
    let model = Model(try builder.build())
    let channels = #expect(throws: PareError.self) {
      try ChannelPruning(ChannelPruningConfiguration(target: .macs(0.5)), engine: engine)
        .compress(model, trainingOn: training, judgedBy: heldOut)
    }
    let zeros = #expect(throws: PareError.self) {
      try WeightPruning(WeightPruningConfiguration(sparsity: 0.5), engine: engine).compress(model, trainingOn: training)
    }
    for error in [channels, zeros] {
      #expect(error?.code == .badInput && error?.message.contains("quantized") == true)
    }
  }

  @Test("a smaller network with statistics of its own knows more than one with those of the whole, untrained")
  func recalibration() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try trained(Self.network(), epochs: 6, rate: 0.1, on: training)
    func top1(recalibrates: Bool) throws -> Double {
      var configuration = ChannelPruningConfiguration(target: .macs(0.5))
      (configuration.recalibrates, configuration.selection) = (recalibrates, .uniform)
      let result = try ChannelPruning(configuration, engine: engine)
        .compress(model, trainingOn: training, judgedBy: heldOut)
      let names = model.graph.nodes.filter { $0.op is BatchNormalization }.map { $0.inputs[3] }
      #expect(names.count == 3 && names.allSatisfy { result.model.graph.parameters[$0] != nil })
      return result.report.top1After
    }
    let (own, old) = (try top1(recalibrates: true), try top1(recalibrates: false))
    #expect(own > old + 0.1, "\(own), \(old)")
  }

  @Test("plans are compared on batches of all classes, whatever the order of the samples")
  func plansOnSortedSamples() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.3)
    let model = try trained(Self.network(), epochs: 6, rate: 0.1, on: training)
    let labels = try #require(heldOut.labels)
    let sorted = heldOut.subset(labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) })
    var pruning = ChannelPruning(ChannelPruningConfiguration(target: .macs(0.8)), engine: engine)
    pruning.batchSize = 40
    var events: [PruningProgress] = []
    pruning.onProgress = { events.append($0) }
    let report = try pruning.compress(model, trainingOn: training, judgedBy: sorted).report
    // Normalised by batches of one class the network would be near chance.
    let curves = report.groups.compactMap(\.sensitivity)
    #expect(curves.count == 3 && curves.allSatisfy { $0.top1 > report.top1Before - 0.05 })
    #expect(events.contains(.plans(step: 1, done: 32, all: 32)))
  }

  @Test("a step that loses too much is halved")
  func halving() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let model = try trained(Self.network(), epochs: 3, rate: 0.1, on: training)
    var configuration = ChannelPruningConfiguration(target: .macs(0.12), criterion: "random", epochs: 2)
    configuration.maxStep = 0.9
    configuration.foldsMeans = false
    configuration.samples = 100
    var pruning = ChannelPruning(configuration, engine: engine)
    pruning.fineTuning = { model, epochs, _ in try trained(model, epochs: epochs, rate: 0.05, on: training) }
    let result = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
    #expect(result.isReached)
    let first = try #require(result.report.steps.first)
    #expect(first.halvings > 0 && (first.top1Pruned >= first.top1Before / 2 || first.halvings == 5))
  }
}
