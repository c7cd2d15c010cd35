import Datasets
import Engine
import Graphs
import Tensors
import Testing
import TestSupport

@testable import Training

@Suite struct TrainerTests {
  /// Float32 against PyTorch's float64 over ten updates.
  private let tolerance = 2e-5

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var optimizer: Optimizer
    var rate: Double
    var weightDecay = 0.0
    var smoothing = 0.0
    var clip: Double?
    var schedule = NamedSchedule(ConstantRate())
    var losses: [Double]
    var weights: [Double]
    var bias: [Double]
    var testDescription: String { name }
  }

  /// Printed by `Scripts/reference/training.py` (PyTorch, float64).
  static let cases: [Case] = [
    Case(
      name: "sgd", optimizer: .sgd(momentum: 0.9), rate: 0.5, weightDecay: 0.01,
      losses: [
        1.11442301, 1.06368009, 0.98151492, 0.88506178, 0.78188494, 0.67455741, 0.56679018, 0.46515849, 0.37683819,
        0.30590416,
      ],
      weights: [
        0.41093876, -1.96025450, 0.23770299, 2.16242575, 0.47149481, 1.68062301, -1.98449144, -0.24606067, -0.92826054,
        0.11923712, 1.47182667, -1.50392243,
      ],
      bias: [-0.10799584, -0.04799240, 0.15598824]),
    Case(
      name: "nesterov, smoothing", optimizer: .sgd(momentum: 0.9, nesterov: true), rate: 0.5, smoothing: 0.1,
      losses: [
        1.11431478, 1.03948155, 0.95575207, 0.86654115, 0.77426030, 0.68349568, 0.59977853, 0.52736000, 0.46794836,
        0.42101514,
      ],
      weights: [
        0.33491969, -1.96558112, 0.24900593, 2.22944191, 0.50654352, 1.62274438, -2.00065179, -0.21398273, -0.89860608,
        0.14283674, 1.40878872, -1.50117346,
      ],
      bias: [-0.11928281, -0.03743472, 0.15671753]),
    Case(
      name: "adam", optimizer: .adam(), rate: 0.05, weightDecay: 0.01,
      losses: [
        1.11442301, 1.06277765, 1.01874149, 0.98036062, 0.94515837, 0.91146935, 0.87830810, 0.84528795, 0.81251811,
        0.78036701,
      ],
      weights: [
        0.06700943, -0.61510482, 0.30923964, 0.94277054, 0.63326617, 0.08375266, -0.61557491, -0.33373846, -0.41279239,
        0.05950367, 0.10452830, -0.58585705,
      ],
      bias: [-0.08490816, 0.20882336, -0.07797330]),
    Case(
      name: "adamw", optimizer: .adamw(), rate: 0.05, weightDecay: 0.1,
      losses: [
        1.11442301, 1.06262594, 1.01864530, 0.98049974, 0.94569312, 0.91253888, 0.88004455, 0.84778516, 0.81579970,
        0.78439118,
      ],
      weights: [
        0.07654675, -0.59907502, 0.38073331, 0.91183696, 0.66714248, 0.09295120, -0.59951600, -0.32992783, -0.40792020,
        0.07080519, 0.11348937, -0.57247731,
      ],
      bias: [-0.08254288, 0.21849210, -0.07791926]),
    Case(
      name: "one cycle, clipped", optimizer: .sgd(momentum: 0.9), rate: 0.5, clip: 0.2,
      schedule: NamedSchedule(OneCycle()),
      losses: [
        1.11442301, 1.11312324, 1.08190749, 1.00429383, 0.92283019, 0.84851001, 0.78816616, 0.74641023, 0.72439844,
        0.71811643,
      ],
      weights: [
        -0.09763306, -0.68635611, 0.25324537, 1.09538066, 0.44283218, 0.35074202, -0.68849800, 0.07669131, -0.40234197,
        0.13561409, 0.09239549, -0.65778626,
      ],
      bias: [0.07085690, 0.11759783, -0.18845473]),
  ]

  private func configuration(_ testCase: Case) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(epochs: 10, batchSize: 8, rate: testCase.rate)
    configuration.optimizer = testCase.optimizer
    configuration.weightDecay = testCase.weightDecay
    configuration.groups = .uniform
    configuration.labelSmoothing = testCase.smoothing
    configuration.clipNorm = testCase.clip
    configuration.schedule = testCase.schedule
    return configuration
  }

  @Test(arguments: cases) func followsPyTorch(_ testCase: Case) throws {
    // Softmax at the end makes no difference: training works on the logits.
    for softmax in [false, true] {
      let result = try Trainer(configuration(testCase), engine: Engine(threads: 1))
        .train(SmallNetworks.referenceLayer(softmax: softmax), on: SmallNetworks.referenceSplit())
      for (record, loss) in zip(result.epochs, testCase.losses) {
        #expect(abs(record.trainLoss - loss) < tolerance, "epoch \(record.epoch)")
      }
      for (name, wanted) in [("fc.weight", testCase.weights), ("fc.bias", testCase.bias)] {
        let values = result.model.graph.parameters[name]!.tensor.doubles
        #expect(zip(values, wanted).allSatisfy { abs($0 - $1) < tolerance }, "\(name): \(values)")
      }
    }
  }

  @Test func accumulationEqualsTheLargerBatch() throws {
    var configuration = configuration(Self.cases[0])
    let whole = try Trainer(configuration, engine: Engine(threads: 1))
      .train(SmallNetworks.referenceLayer(), on: SmallNetworks.referenceSplit())
    configuration.batchSize = 2
    configuration.accumulation = 4
    let parts = try Trainer(configuration, engine: Engine(threads: 1))
      .train(SmallNetworks.referenceLayer(), on: SmallNetworks.referenceSplit())
    for name in ["fc.weight", "fc.bias"] {
      let (a, b) = (whole.model.graph.parameters[name]!.tensor, parts.model.graph.parameters[name]!.tensor)
      #expect(zip(a.doubles, b.doubles).allSatisfy { abs($0 - $1) < tolerance })
    }
  }

  @Test func frozenParametersStay() throws {
    var configuration = configuration(Self.cases[0])
    configuration.groups.rules = [.init("*.weight", rateFactor: 0)]
    let model = try SmallNetworks.referenceLayer()
    let result = try Trainer(configuration, engine: Engine(threads: 1)).train(model, on: SmallNetworks.referenceSplit())
    #expect(result.model.graph.parameters["fc.weight"]!.tensor == model.graph.parameters["fc.weight"]!.tensor)
    #expect(result.model.graph.parameters["fc.bias"]!.tensor != model.graph.parameters["fc.bias"]!.tensor)
  }

  @Test func learnsDigits() throws {
    let splits = try Dataset(parsing: "digits").trainingSplits(seed: 0)
    var configuration = TrainingConfiguration(epochs: 15, batchSize: 64, rate: 0.1)
    configuration.schedule = NamedSchedule(CosineDecay())
    configuration.warmupEpochs = 1
    var trainer = Trainer(configuration, engine: Engine(threads: 2))
    var steps = 0
    trainer.onProgress = { _ in steps += 1 }
    let result = try trainer.train(
      SmallNetworks.digitsPerceptron(), on: splits.training, judgedBy: splits.heldOut)
    let last = try #require(result.epochs.last)
    #expect(try #require(last.top1) > 0.9)
    #expect(last.trainLoss < result.epochs[0].trainLoss / 3)
    #expect(last.imagesPerSecond > 0)
    #expect(steps == 15 * (splits.training.count / 64))
  }

  @Test func learnsDigitsWithNormalization() throws {
    let splits = try Dataset(parsing: "digits").trainingSplits(seed: 0)
    var configuration = TrainingConfiguration(epochs: 6, batchSize: 32, rate: 0.1)
    configuration.augmentation = "shift"
    configuration.evaluateEvery = 3
    var model = try SmallNetworks.digitsConvolutions()
    try model.setPreparation(Preparation(height: 8, width: 8, channelOrder: .grey, mean: [0.3], std: [0.4]))
    let result = try Trainer(configuration, engine: Engine(threads: 2))
      .train(model, on: splits.training, judgedBy: splits.heldOut)
    #expect(result.epochs.map { $0.top1 != nil } == [false, false, true, false, false, true])
    #expect(try #require(result.epochs.last?.top1) > 0.8)
    #expect(result.model.graph.nodes.count == model.graph.nodes.count, "the normalisation in front is not kept")
    #expect(try result.model.preparation == model.preparation)
  }

  @Test func explodingLossIsAnError() throws {
    var configuration = TrainingConfiguration(epochs: 50, batchSize: 8, rate: 1e30)
    configuration.schedule = NamedSchedule(ConstantRate())
    configuration.weightDecay = 1
    let trainer = Trainer(configuration, engine: Engine(threads: 1))
    let error = #expect(throws: PareError.self) {
      try trainer.train(SmallNetworks.referenceLayer(), on: SmallNetworks.referenceSplit())
    }
    #expect(error?.code == .badInput)
    #expect(error?.message.contains("lower learning rate") == true)
  }

  @Test func configurationIsChecked() throws {
    var configuration = TrainingConfiguration()
    configuration.rate = -1
    #expect(throws: PareError.self) { try configuration.validated() }
    configuration.rate = 0.1
    configuration.augmentation = "turn-upside-down"
    #expect(throws: PareError.self) { try configuration.validated() }
    let large = TrainingConfiguration(epochs: 1, batchSize: 1000)
    #expect(throws: PareError.self) {
      try Trainer(large, engine: Engine(threads: 1))
        .train(SmallNetworks.referenceLayer(), on: SmallNetworks.referenceSplit())
    }
  }
}
