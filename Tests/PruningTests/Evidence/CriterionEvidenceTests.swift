import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import TestSupport
import Tensors
import Testing

@testable import Pruning

@Suite("Criteria that look at data")
struct CriterionEvidenceTests {
  private let engine = Engine(threads: 1)

  /// Two inputs, three hidden units behind a ReLU, two scores.
  ///
  /// Hidden: h1 = x1, h2 = -x1 - 1, h3 = x1 + x2, rectified; scores h1 + h3 and h2.
  private func perceptron() throws -> Model {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let x = builder.input("input", shape: [.batch, .fixed(2)])
    let hidden = try builder.relu(builder.dense(x, outputs: 3, initializer: he, name: "a"))
    try builder.output(builder.dense(hidden, outputs: 2, initializer: he, name: "b"), as: "scores")
    var graph = try builder.build()
    graph.parameters["a.weight"] = .dense(Tensor([Float(1), 0, -1, 0, 1, 1], shape: [3, 2]))
    graph.parameters["a.bias"] = .dense(Tensor([Float(0), -1, 0]))
    graph.parameters["b.weight"] = .dense(Tensor([Float(1), 0, 1, 0, 1, 0], shape: [2, 3]))
    graph.parameters["b.bias"] = .dense(Tensor([Float(0), 0]))
    return Model(graph)
  }

  private func samples(_ rows: [[Float]], labels: [Int]) -> Split {
    ArraySamples.split(Tensor(rows.flatMap { $0 }, shape: [rows.count, 2]), labels: labels, classes: 2)
  }

  private func scores(
    _ criterion: any PruningCriterion, of model: Model, on split: Split, batch: Int,
    aggregation: ScoreAggregation = .sum, normalization: ScoreNormalization = .none
  ) throws -> [Double] {
    let evidence = try CriterionEvidence(for: criterion, on: model, samples: split, batchSize: batch, engine: engine)
    let group = try #require(model.graph.removableChannelGroups().groups.first)
    let context = try PruningContext(
      model.graph, aggregation: aggregation, normalization: normalization, evidence: evidence)
    return try criterion.scores(for: group, given: context)
  }

  @Test("zeros behind the rectifier, counted by hand")
  func zeros() throws {
    // Hidden units: (1, 0, 3), (0, 1, 0), (2, 0, 0), (0, 0, 5).
    let split = samples([[1, 2], [-2, 1], [2, -2], [0, 5]], labels: [0, 1, 0, 1])
    #expect(try scores(ZeroActivations(), of: perceptron(), on: split, batch: 4) == [0.5, 0.25, 0.5])
    #expect(try scores(ZeroActivations(), of: perceptron(), on: split, batch: 2) == [0.5, 0.25, 0.5])
  }

  @Test("mean activations, worked by hand")
  func means() throws {
    let split = samples([[1, 2], [-2, 1], [2, -2], [0, 5]], labels: [0, 1, 0, 1])
    #expect(try scores(MeanActivation(), of: perceptron(), on: split, batch: 2) == [0.75, 0.25, 2])
  }

  @Test("samples that do not fill a batch are not looked at")
  func leftOver() throws {
    let split = samples([[1, 2], [-2, 1], [9, 9]], labels: [0, 1, 0])
    #expect(try scores(MeanActivation(), of: perceptron(), on: split, batch: 2) == [0.5, 0.5, 1.5])
  }

  @Test("first-order changes of the loss, worked by hand, squared batch by batch")
  func taylor() throws {
    // One sample a batch. x = (1, 2), label 0: h = (1, 0, 3), scores (4, 0). With p = 1 / (1 + e^-4) the gradient by the
    // scores is (p - 1, 1 - p) = (-q, q), by h it is (-q, q, -q) and by the gates, which also take biases, it is
    // h times that where the rectifier is open: (-q, 0, -3q). x = (-2, 1), label 0: h = (0, 1, 0), scores (0, 1),
    // r = 1 / (1 + e^-1): gradient (-r, r), gates (0, r, 0).
    let split = samples([[1, 2], [-2, 1]], labels: [0, 0])
    let (q, r) = (1 / (1 + exp(4.0)), 1 / (1 + exp(-1.0)))
    let wanted = [q * q, r * r, 9 * q * q].map { $0 / 2 }
    let found = try scores(TaylorExpansion(), of: perceptron(), on: split, batch: 1)
    for (score, wanted) in zip(found, wanted) { #expect(abs(score - wanted) < 1e-6 * max(wanted, 1)) }
    // Both in a batch: gradients are averaged before they are squared.
    let together = try scores(TaylorExpansion(), of: perceptron(), on: split, batch: 2)
    for (score, wanted) in zip(together, [q * q, r * r, 9 * q * q]) { #expect(abs(score - wanted / 4) < 1e-6) }
  }

  @Test("a vector that is added behind a matrix product is its bias: the gate stands behind it")
  func taylorBehindAddition() throws {
    let dense = try perceptron()
    let builder = GraphBuilder()
    let weights = dense.graph.parameters["a.weight"]!.tensor.floats
    let x = builder.input("input", shape: [.batch, .fixed(2)])
    let transposed = Tensor((0..<6).map { weights[$0 % 3 * 2 + $0 / 3] }, shape: [2, 3])
    let product = try builder.matrixProduct(x, builder.parameter("a.weight", transposed))
    let bias = builder.parameter("a.bias", Tensor([Float(0.5), -1, 0.25]))
    let hidden = try builder.relu(builder.sum(bias, product))
    try builder.output(builder.dense(hidden, outputs: 2, initializer: HeInitializer(), name: "b"), as: "scores")
    var apart = try builder.build()
    var together = dense
    together.graph.parameters["a.bias"] = .dense(Tensor([Float(0.5), -1, 0.25]))
    for name in ["b.weight", "b.bias"] { apart.parameters[name] = dense.graph.parameters[name] }
    let split = samples([[1, 2], [-2, 1], [2, -2], [0, 5]], labels: [0, 0, 1, 1])
    let wanted = try scores(TaylorExpansion(), of: together, on: split, batch: 2)
    let found = try scores(TaylorExpansion(), of: Model(apart), on: split, batch: 2)
    #expect(wanted.allSatisfy { $0 > 0 })
    for (score, wanted) in zip(found, wanted) { #expect(abs(score - wanted) < 1e-6 * max(wanted, 1)) }
  }

  @Test("behind a batch normalisation the gate's gradient is that of a factor on the channel")
  func gateBehindNormalization() throws {
    let model = Model(try Self.normalizedNetwork())
    let split = try Dataset(parsing: "digits").split(.train).sample(atMost: 40, seed: 1)
    let evidence = try CriterionEvidence(
      for: Signed(), on: model, samples: split, batchSize: 40, engine: engine
    ).numbers[Slot("a.weight", 0)]!
    /// The loss with channel 1 of the batch normalisation scaled.
    func loss(_ factor: Double) throws -> Double {
      var scaled = model
      for name in ["bn.weight", "bn.bias"] {
        var values = model.graph.parameters[name]!.tensor.floats
        values[1] *= Float(factor)
        scaled.graph.parameters[name] = .dense(Tensor(values))
      }
      return try Self.loss(of: scaled, on: split, engine: engine)
    }
    let step = 0.05
    let numeric = try (loss(1 + step) - loss(1 - step)) / (2 * step)
    #expect(abs(numeric - evidence[1]) < 0.02 * max(abs(numeric), 1e-3))
  }

  @Test(
    "permuting channels permutes scores",
    arguments: PruningCriteria.all.map { $0.identifier }.filter { $0 != "movement" })
  func permutation(_ name: String) throws {
    let criterion = try PruningCriteria.named(name)
    guard !(criterion is RandomScores) else { return }
    let graph = try Self.normalizedNetwork()
    let order = [2, 0, 3, 1]
    var permuted = graph
    for parameter in ["a.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"] {
      permuted.parameters[parameter] = .dense(graph.parameters[parameter]!.tensor.selecting(order, axis: 0))
    }
    permuted.parameters["b.weight"] = .dense(graph.parameters["b.weight"]!.tensor.selecting(order, axis: 1))
    let split = try Dataset(parsing: "digits").split(.train).sample(atMost: 60, seed: 1)
    for aggregation in ScoreAggregation.allCases {
      for normalization in ScoreNormalization.allCases {
        func scores(_ graph: Graph) throws -> [Double] {
          try self.scores(
            criterion, of: Model(graph), on: split, batch: 20, aggregation: aggregation, normalization: normalization)
        }
        let (before, after) = (try scores(graph), try scores(permuted))
        #expect(Set(before).count > 1)
        for (position, source) in order.enumerated() {
          #expect(abs(after[position] - before[source]) < 1e-5 * max(before.max()!, 1e-6))
        }
      }
    }
  }

  @Test("a network without rectifiers cannot be judged by their zeros")
  func noRectifier() throws {
    let builder = GraphBuilder()
    let x = builder.input("input", shape: [.batch, .fixed(2)])
    let hidden = try builder.dense(x, outputs: 3, initializer: HeInitializer(), name: "a")
    try builder.output(builder.dense(hidden, outputs: 2, initializer: HeInitializer(), name: "b"), as: "scores")
    let model = Model(try builder.build())
    let error = #expect(throws: PareError.self) {
      try CriterionEvidence(
        for: ZeroActivations(), on: model, samples: samples([[1, 2]], labels: [0]), batchSize: 1, engine: engine)
    }
    #expect(error?.code == .usage)
  }

  /// The gradient itself, so that tests can compare it.
  private struct Signed: GradientCriterion {
    static let identifier = "signed"
    static let summary = ""
    func contribution(of gradient: Double) -> Double { gradient }
    func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] { [] }
  }

  /// Digits -> a (4 channels), batch normalisation bn, ReLU -> b (6), ReLU -> mean -> 10 scores, all random.
  private static func normalizedNetwork() throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 3)
    let x = builder.imageInput(channels: 1, height: 8, width: 8)
    let a = try builder.convolution(x, outputs: 4, kernel: 3, initializer: he, name: "a")
    let rectified = try builder.relu(builder.batchNormalization(a, name: "bn"))
    let b = try builder.relu(builder.convolution(rectified, outputs: 6, kernel: 3, initializer: he, name: "b"))
    let pooled = try builder.flattened(builder.globalAveragePool(b))
    try builder.output(builder.dense(pooled, outputs: 10, initializer: he, name: "fc"), as: "logits")
    return SmallNetworks.randomized(try builder.build())
  }

  private static func loss(of model: Model, on split: Split, engine: Engine) throws -> Double {
    try AccuracyMeasurement.measure(model, on: split, batchSize: split.count, engine: engine).loss
  }
}
