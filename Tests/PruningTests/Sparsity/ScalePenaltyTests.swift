import Datasets
import Engine
import Graphs
import Tensors
import Testing
import Training
import Zoo

@testable import Pruning

@Suite("The penalty on scales of batch normalisation")
struct ScalePenaltyTests {
  private let engine = Engine(threads: 1)

  @Test("signs are its gradient, 0 at 0")
  func gradient() throws {
    let builder = GraphBuilder()
    var x = builder.imageInput(channels: 1, height: 8, width: 8)
    for (index, name) in ["a", "b"].enumerated() {
      x = try builder.convolution(x, outputs: 2 + index, kernel: 3, initializer: HeInitializer(), name: name)
      x = try builder.batchNormalization(x, name: "\(name)_bn")
    }
    let pooled = try builder.flattened(builder.globalAveragePool(x))
    try builder.output(builder.dense(pooled, outputs: 10, initializer: HeInitializer(), name: "fc"), as: "logits")
    var graph = try builder.build()
    graph.parameters["a_bn.weight"] = .dense(Tensor([Float(-2), 0]))
    graph.parameters["b_bn.weight"] = .dense(Tensor([Float(0.5), -0.25, 3]))
    let measurement = try GradientMeasurement(
      of: Model(graph), on: Dataset(parsing: "digits").split(.train).sample(atMost: 10, seed: 0),
      objective: WeightedSum([.init("loss", weight: 0, CrossEntropy()), .init("scales", ScalePenalty())]),
      batchSize: 10, engine: engine)
    var batches = 0
    try measurement.forEachBatch {
      batches += 1
      #expect(measurement.state.gradient("a_bn.weight").floats == [-1, 0])
      #expect(measurement.state.gradient("b_bn.weight").floats == [1, -1, 1])
    }
    #expect(batches == 1)
  }

  @Test("scales shrink under it, and the loss without them is reported beside")
  func shrinks() throws {
    let training = try Dataset(parsing: "digits").split(.train)
    let model = try Zoo.model(ZooReference(parsing: "zoo:digits_separable?seed=1"))
    func trained(_ weight: Double) throws -> (sum: Double, record: EpochRecord) {
      var trainer = Trainer(TrainingConfiguration(epochs: 2, batchSize: 64, rate: 0.05), engine: engine)
      trainer.objective = ScalePenalty.added(to: CrossEntropy(), weight: weight)
      let result = try trainer.train(model, on: training)
      let scales = result.model.graph.roles().filter { $0.value == .normalizationScale }.keys
      let sum = scales.reduce(0) { $0 + result.model.graph.parameters[$1]!.tensor.doubles.map(abs).reduce(0, +) }
      return (sum, try #require(result.epochs.last))
    }
    let (free, penalised) = (try trained(0), try trained(0.01))
    #expect(penalised.sum < 0.95 * free.sum)
    let parts = penalised.record.parts
    #expect(abs(penalised.record.trainLoss - (parts["loss"]! + 0.01 * parts["scales"]!)) < 1e-3)
  }

  @Test("a network without batch normalisation has nothing to penalise")
  func noScales() throws {
    let model = try Zoo.model(ZooReference(parsing: "zoo:digits_mlp"))
    #expect(throws: PareError.self) { try TrainingGraph(model.graph, objective: ScalePenalty()) }
  }
}
