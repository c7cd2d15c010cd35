import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Normalisation fused with residual sum and rectifier in training, forward and backward: against the operators apart.
@Suite(.serialized) struct NormalizationFusionTests {
  /// A residual network: a plain block, one whose shortcut is normalised itself, and a rectifier before a normalisation.
  private func network(channels: Int) throws -> Graph {
    let b = GraphBuilder()
    func convolution(_ x: Value, _ inputs: Int, _ name: String) throws -> Value {
      let w = b.parameter(name, KernelCase.weights([channels, inputs, 3, 3], seed: UInt64(name.count)))
      return try b.add(Convolution(window: SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])), [x, w])[0]
    }
    var x = b.input("x", shape: [.batch, .fixed(3), .fixed(9), .fixed(8)])
    x = try b.relu(b.batchNormalization(convolution(x, 3, "w"), name: "stem"))
    var y = try b.relu(b.batchNormalization(convolution(x, channels, "w1"), name: "first"))
    y = try b.batchNormalization(convolution(y, channels, "w12"), name: "second")
    x = try b.relu(b.sum(y, x))
    let shortcut = try b.batchNormalization(convolution(x, channels, "short"), name: "shortcut")
    y = try b.batchNormalization(convolution(x, channels, "third"), name: "outer")
    x = try b.relu(b.sum(y, shortcut))
    x = try b.relu6(b.batchNormalization(x, scale: 3, name: "last"))
    let product = try b.product(x, b.input("loss.weights", shape: [.batch, .fixed(channels), .fixed(9), .fixed(8)]))
    try b.output(b.add(ReduceSum(axes: [], keepDimensions: false), product), as: "loss")
    return try b.build()
  }

  private struct Run {
    var results: [String: Tensor]
    var layers: [LayerDescription]
    var memoryBytes: Int
  }

  private let batch = 10

  private func run(
    _ graph: Graph, _ gradient: GradientGraph, _ options: ProgramOptions, threads: Int
  ) throws -> Run {
    var options = options
    options.fusesInference = false
    var wanted = gradient.graph
    for name in (Array(gradient.gradients.values) + gradient.stateWrites.values).sorted() where !wanted.isOutput(name) {
      wanted.outputs.append(GraphPort(name, try wanted.facts()[name]!.type))
    }
    let program = try Program(
      graph: wanted, batch: batch, parameters: ParameterMemory(graph: wanted), engine: Engine(threads: threads),
      options: options)
    let shapes = try graph.shapes(batch: batch)
    let inputs = [
      "x": KernelCase.weights(shapes["x"]!, seed: 12),
      "loss.weights": KernelCase.weights(shapes["loss.weights"]!, seed: 13),
    ]
    let results = try program.run(inputs)
    #expect(try program.run(inputs) == results)
    return Run(results: results, layers: program.layers, memoryBytes: program.memoryBytes)
  }

  /// What is computed once more has the same bits, and takes less memory than what is kept.
  @Test(arguments: [ProgramOptions.Precision.float32, .bfloat16])
  func replaysChangeNothing(precision: ProgramOptions.Precision) throws {
    let graph = try network(channels: 16)
    let gradient = try graph.differentiated(loss: "loss", withRespectTo: graph.trainableParameters() + ["x"])
    let replayed = try run(graph, gradient, ProgramOptions(precision: precision, isExact: true), threads: 2)
    let kept = try run(
      graph, gradient, ProgramOptions(precision: precision, isExact: true, keepsNormalized: true), threads: 2)
    #expect(replayed.layers.filter { $0.op == NormalizationReplay.kind }.count == 2)
    #expect(!kept.layers.contains { $0.op == NormalizationReplay.kind })
    #expect(replayed.results == kept.results)
    #expect(replayed.memoryBytes < kept.memoryBytes)
  }

  @Test func aReplayIsEvaluatedAsTheNormalisationWas() throws {
    let vectors = (0..<4).map { KernelCase.weights([5], seed: UInt64($0)).mapElements { abs($0) + 0.1 } }
    let x = KernelCase.weights([3, 5, 2, 2], seed: 8)
    let rectifier = try #require(Rectifier(Clip(minimum: 0, maximum: 6)))
    let context = EvaluationContext(batch: 3)
    let made = try FusedNormalization(
      normalization: BatchNormalizationTraining(epsilon: 1e-5, momentum: 0.9), rectifier: rectifier
    ).evaluate([x] + vectors, in: context)
    let again = try NormalizationReplay(rectifier: rectifier).evaluate(
      [x, vectors[0], vectors[1], made[3], made[4]], in: context)
    #expect(Tolerance.relative(again[0], made[0]) < Tolerance.float32)
  }

  @Test(arguments: [5, 16, 33], [1, 2])
  func gradientsAreThoseOfThePlainForms(channels: Int, threads: Int) throws {
    let graph = try network(channels: channels)
    let gradient = try graph.differentiated(loss: "loss", withRespectTo: graph.trainableParameters() + ["x"])
    var plain = ProgramOptions(isExact: true, fusesTraining: false)
    let expected = try run(graph, gradient, plain, threads: threads)
    let fused = try run(graph, gradient, ProgramOptions(isExact: true), threads: threads)
    #expect(fused.layers.filter { $0.op == FusedNormalization.kind }.count == 5)
    #expect(fused.layers.filter { $0.op == FusedNormalizationGradient.kind }.count == 5)
    #expect(
      !fused.layers.contains {
        $0.op == ReluGradient.kind || $0.op == Relu.kind || $0.op == Clip.kind || $0.isReference
      })
    #expect(!expected.layers.contains { $0.op == FusedNormalization.kind })
    for (name, value) in expected.results {
      // A rectifier may switch where its input is nearly zero.
      #expect(Tolerance.distance(fused.results[name]!, value) < 1e-4, "\(name)")
    }
    // With five channels single rectifiers that switch by rounding decide how far two bfloat16 runs lie apart.
    guard Engine.multipliesBFloat16, channels >= 16 else { return }
    plain.precision = .bfloat16
    let half = try run(graph, gradient, plain, threads: threads)
    let fusedHalf = try run(graph, gradient, ProgramOptions(precision: .bfloat16, isExact: true), threads: threads)
    #expect(fusedHalf.layers.filter { $0.op == FusedNormalization.kind }.count == 5)
    for (target, name) in gradient.gradients {
      let value = expected.results[name]!
      let (error, own) = (
        Tolerance.distance(fusedHalf.results[name]!, value), Tolerance.distance(half.results[name]!, value)
      )
      #expect(error < max(Tolerance.bfloat16Gradient, 1.5 * own), "\(target) in bfloat16; plain \(own)")
    }
  }
}
