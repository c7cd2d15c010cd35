import Datasets
import Engine
import Graphs
import Measurement
import TestSupport
import Tensors
import Testing
import Training
import Zoo

@testable import Pruning

@Suite("Whole residual blocks")
struct DepthPruningTests {
  private func blocks(_ reference: String) throws -> [ResidualBlock] {
    try Zoo.graph(ZooReference(parsing: "zoo:\(reference)")).residualBlocks()
  }

  @Test(
    "blocks with an identity around them are found, and no others",
    arguments: [
      // Three stages of n blocks, the first of the second and third stage with padding or projections around them.
      ("resnet8", 1), ("resnet20", 7), ("resnet8?shortcut=b", 1), ("resnet18?form=cifar&width=0.125", 5),
      // Stages of 3, 4, 6, 3 blocks, the first of each with a projection.
      ("resnet50?input=32&width=0.125", 12), ("preact_resnet18?form=cifar&width=0.125", 5),
      // Repeats of 2, 3, 4, 3, 3 bottlenecks, the first of each without a sum.
      ("mobilenet_v2", 10), ("vgg8_bn?input=16&width=0.125", 0), ("digits_separable", 0),
    ])
  func found(_ reference: String, _ count: Int) throws {
    let blocks = try blocks(reference)
    #expect(blocks.count == count)
    #expect(Set(blocks.map(\.name)).count == count)
    for (first, second) in zip(blocks, blocks.dropFirst()) {
      #expect(Set(first.weights).isDisjoint(with: second.weights))
    }
  }

  @Test(
    "without a block the network is what it is with the block's branch at zero",
    arguments: [
      "resnet20?width=0.25", "preact_resnet18?form=cifar&width=0.125", "mobilenet_v2?form=cifar&input=16&width=0.25",
    ])
  func sameAsZeroBranch(_ reference: String) throws {
    let graph = try Zoo.graph(ZooReference(parsing: "zoo:\(reference)"))
    let block = try #require(graph.residualBlocks().dropFirst().first)
    var zeroed = graph
    // The last weights at zero make the branch its last shift, which is 0 in a new network.
    let last = try #require(block.weights.last)
    zeroed.parameters[last] = .dense(Tensor(zeros: graph.parameters[last]!.shape))
    let smaller = try graph.removing(block)
    let input = ["input": SampleTensors.normal(try #require(graph.inputs[0].type.shape).bound(toBatch: 1))]
    func output(_ graph: Graph) throws -> Tensor {
      try #require(try ReferenceEvaluation(of: graph, inputs: input, batch: 1, double: true).values["logits"])
    }
    let (found, wanted) = (try output(smaller), try output(zeroed))
    #expect(Tolerance.relative(found, wanted) < 1e-9)
    #expect(Tolerance.relative(found, try output(graph)) > 1e-3)
    #expect(smaller.parameters.count < graph.parameters.count)
    #expect(try smaller.residualBlocks().map(\.name) == graph.residualBlocks().map(\.name).filter { $0 != block.name })
    #expect(throws: PareError.self) { try smaller.removing(block) }
  }

  /// A stem and four residual blocks for digits.
  private static func network() throws -> Model {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 2)
    func layer(_ x: Value, _ name: String) throws -> Value {
      let y = try builder.convolution(x, outputs: 8, kernel: 3, initializer: he, name: name)
      return try builder.batchNormalization(y, name: "\(name)_bn")
    }
    var x = try builder.relu(layer(builder.imageInput(channels: 1, height: 8, width: 8), "stem"))
    for index in 0..<4 {
      let inner = try builder.relu(layer(x, "block\(index).a"))
      x = try builder.relu(builder.sum(layer(inner, "block\(index).b"), x))
    }
    try builder.output(
      builder.dense(builder.flattened(builder.globalAveragePool(x)), outputs: 10, initializer: he, name: "fc"),
      as: "logits")
    return Model(try builder.build())
  }

  @Test("blocks go until the target is met, the useless one first")
  func reachesTarget() throws {
    let engine = Engine(threads: 1)
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    var model = try Trainer(TrainingConfiguration(epochs: 3, batchSize: 64, rate: 0.1), engine: engine)
      .train(Self.network(), on: training).model
    for name in ["block2.b_bn.weight", "block2.b_bn.bias"] {
      model.graph.parameters[name] = .dense(Tensor(zeros: [8]))
    }
    var pruning = DepthPruning(target: .macs(0.6), engine: engine)
    pruning.ignore = ["block0*"]
    let (smaller, report) = try pruning.compress(model, judgedBy: heldOut)
    #expect(report.isReached && report.blocks.count == 4 && report.removed.count == 2)
    #expect(report.removed[0].name == "block2.a.weight")
    #expect(report.removed.allSatisfy { $0.name != "block0.a.weight" })
    let before = try AccuracyMeasurement.measure(model, on: heldOut, batchSize: 250, engine: engine)
    #expect(abs(report.removed[0].top1 - before.top1) < 1e-9)
    #expect(try smaller.graph.costs().macs == report.remaining)
    #expect(smaller.history.last?.contains("block2.a.weight") == true)
    pruning.target = .macs(0.05)
    #expect(try !pruning.compress(model, judgedBy: heldOut).report.isReached)
    let chain = try Zoo.model(ZooReference(parsing: "zoo:digits_separable"))
    #expect(throws: PareError.self) { try pruning.compress(chain, judgedBy: heldOut) }
  }
}
