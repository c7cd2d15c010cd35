import Datasets
import Engine
import Graphs
import TestSupport
import Tensors
import Testing

@testable import Training

/// What training differentiates.
struct TrainingGraphTests {
  /// Two convolutions, the first behind x * sigmoid(x), as SiLU is exported.
  private func network() throws -> Graph {
    let b = GraphBuilder()
    let he = HeInitializer(seed: 2)
    var x = b.imageInput("input", channels: 3, height: 6, width: 6)
    x = try b.convolution(x, outputs: 8, kernel: 3, bias: true, initializer: he, name: "first")
    x = try b.product(x, b.sigmoid(x))
    x = try b.convolution(x, outputs: 4, kernel: 3, bias: true, initializer: he, name: "second")
    try b.output(b.flattened(b.globalAveragePool(x)), as: "logits")
    return try b.build()
  }

  private func gradients(_ graph: GradientGraph, _ training: TrainingGraph) throws -> [String: Tensor] {
    let state = TrainingState(graph: training.whole)
    let program = try GradientProgram(graph, batch: 2, state: state, engine: Engine(threads: 1))
    let batch = Batch(
      inputs: ["input": SampleTensors.normal([2, 3, 6, 6])], targets: [Batch.labelsName: Tensor([1, 3] as [Int64])],
      count: 2, positions: [0, 1])
    let feed = ObjectiveFeed(declarations: training.declarations, teacher: nil)
    _ = try program.run(feed.inputs(for: batch, at: TrainingMoment(update: 0, updates: 1)))
    return Dictionary(uniqueKeysWithValues: graph.gradients.keys.map { ($0, state.gradient($0)) })
  }

  @Test func swishIsDifferentiatedAsProductAndSigmoidAre() throws {
    let training = try TrainingGraph(network(), objective: CrossEntropy())
    let fused = try training.differentiated()
    #expect(fused.graph.nodes.contains { $0.op is Swish } && !fused.graph.nodes.contains { $0.op is Sigmoid })
    let plain = try training.graph.differentiated(
      loss: training.loss, withRespectTo: training.graph.trainableParameters())
    #expect(!plain.graph.nodes.contains { $0.op is Swish } && plain.graph.nodes.contains { $0.op is Sigmoid })
    let (found, expected) = (try gradients(fused, training), try gradients(plain, training))
    #expect(Set(found.keys) == ["first.weight", "first.bias", "second.weight", "second.bias"])
    for (name, value) in expected {
      #expect(Tolerance.relative(found[name]!, value) < 1e-5, "\(name)")
      #expect(value.floats.contains { abs($0) > 1e-4 })
    }
  }

  @Test func theGradientOfTheImagesIsNotComputed() throws {
    let training = try TrainingGraph(network(), objective: CrossEntropy())
    let kinds = try training.differentiated().graph.nodes.map(\.op.kind)
    #expect(kinds.filter { $0 == ConvolutionWeightGradient.kind }.count == 2)
    #expect(kinds.filter { $0 == ConvolutionInputGradient.kind }.count == 1)
  }
}
