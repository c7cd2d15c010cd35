import CKernels
import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Programs whose activations are bfloat16, against the float32 reference. Where the processor has no bfloat16
/// instructions they are float32, and all of this holds as well.
@Suite(.serialized) struct BFloat16ProgramTests {
  private func program(
    _ graph: Graph, batch: Int, threads: Int = 1, fuses: Bool = false, _ precision: ProgramOptions.Precision = .bfloat16
  ) throws -> Program {
    try Program(
      graph: graph, batch: batch, parameters: ParameterMemory(graph: graph), engine: Engine(threads: threads),
      options: ProgramOptions(fusesInference: fuses, precision: precision))
  }

  @Test(arguments: KernelCase.all + KernelCase.forwardOnly, [1, 2])
  func agreesWithTheReference(test: KernelCase, threads: Int) throws {
    let graph = try test.graph()
    let input = test.input()
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: test.batch).values["y"]!
    for fuses in [false, true] {
      let program = try program(graph, batch: test.batch, threads: threads, fuses: fuses)
      let first = try program.run(["x": input])["y"]!
      #expect(first.dataType == expected.dataType && first.shape == expected.shape)
      let isStepped = graph.nodes.contains { Self.stepFunctions.contains($0.op.kind) }
      if isStepped {
        #expect(shareApart(first, expected) < 0.05)
      } else {
        #expect(Tolerance.relative(first, expected) < Tolerance.bfloat16)
      }
      #expect(try program.run(["x": input])["y"]! == first)
    }
  }

  /// Functions that jump: what is rounded near a step may fall on its other side, whatever the precision.
  private static let stepFunctions: Set<String> = [
    Sign.kind, Floor.kind, Ceil.kind, Round.kind, Greater.kind, Less.kind, TopKMask.kind,
  ]

  /// The share of elements that differ by more than rounding.
  private func shareApart(_ result: Tensor, _ expected: Tensor) -> Double {
    let scale = expected.doubles.map(abs).max() ?? 1
    let apart = zip(result.doubles, expected.doubles).filter { abs($0 - $1) > Tolerance.bfloat16 * scale }
    return Double(apart.count) / Double(max(expected.shape.count, 1))
  }

  /// A network in which every kind of kernel that has a form for bfloat16 meets the others, forward and backward.
  private func network() throws -> Graph {
    let b = GraphBuilder()
    let window = SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])
    func convolution(_ x: Value, _ shape: Shape, _ name: String, groups: Int = 1) throws -> Value {
      let inputs: [Value?] = [
        x, b.parameter("\(name).weight", KernelCase.weights(shape, seed: 31)),
        b.parameter("\(name).bias", KernelCase.weights([shape[0]], seed: 32)),
      ]
      return try b.add(Convolution(window: window, groups: groups), inputs)[0]
    }
    var x = b.input("x", shape: [.batch, .fixed(3), .fixed(12), .fixed(12)])
    x = try b.relu(b.batchNormalization(convolution(x, [16, 3, 3, 3], "stem"), name: "bn"))
    x = try b.maxPool(x, kernel: 3, stride: 2, padding: 1)
    let inner = try b.add(HardSwish(), convolution(x, [16, 16, 3, 3], "inner"))
    x = try b.sum(x, convolution(inner, [16, 16, 3, 3], "outer"))
    let depthwise = try b.add(Sigmoid(), convolution(x, [16, 1, 3, 3], "depthwise", groups: 16))
    let squeezed = try b.add(Sigmoid(), b.add(GlobalAveragePool(), depthwise))
    x = try b.product(x, squeezed)
    x = try b.product(x, b.parameter("gain", KernelCase.weights([16, 1, 1], seed: 33)))
    let even = try b.add(Slice(starts: [0, 0], ends: [.max, .max], axes: [2, 3], steps: [2, 2]), x)
    let padded = try b.add(Pad(before: [0, 2, 0, 0], after: [0, 2, 0, 0]), even)
    let pooled = try b.averagePool(x, kernel: 2, stride: 2)
    x = try b.add(Concat(axis: 1), padded, convolution(pooled, [4, 16, 3, 3], "side"))
    x = try b.flattened(x)
    x = try b.relu(b.dense(x, outputs: 24, initializer: HeInitializer(), name: "fc1"))
    try b.output(b.dense(x, outputs: 5, initializer: HeInitializer(), name: "fc2"), as: "y")
    return try b.build()
  }

  private func input(batch: Int) -> Tensor {
    var random = RandomSource(seed: 3, 1)
    return .normal([batch, 3, 12, 12], from: &random)
  }

  /// The network's loss and its gradients by all parameters.
  private func differentiated() throws -> (graph: Graph, gradient: GradientGraph) {
    let builder = try GraphBuilder(extending: try network())
    let scores = try builder.add(LogSoftmax(), Value("y"))
    let target = builder.input("target", shape: [.batch, .fixed(5)])
    let loss = try builder.add(ReduceSum(axes: [], keepDimensions: false), builder.product(scores, target))
    try builder.output(loss, as: "loss")
    var graph = try builder.build()
    graph.outputs.removeAll { $0.name == "y" }
    return (graph, try graph.differentiated(loss: "loss", withRespectTo: graph.trainableParameters()))
  }

  private let batch = 6
  private var target: Tensor {
    Tensor((0..<batch * 5).map { $0 % 5 == $0 / 5 % 5 ? -1 : 0 as Float }, shape: [batch, 5])
  }

  @Test(arguments: [1, 2])
  func gradientsAgreeWithThoseInFloat32(threads: Int) throws {
    let (graph, gradient) = try differentiated()
    func gradients(_ precision: ProgramOptions.Precision) throws -> (loss: Tensor, state: TrainingState) {
      let state = TrainingState(graph: graph)
      let program = try GradientProgram(
        gradient, batch: batch, state: state, engine: Engine(threads: threads), precision: precision)
      return (try program.run(["x": input(batch: batch), "target": target])["loss"]!, state)
    }
    let (float, half, again) = (try gradients(.float32), try gradients(.bfloat16), try gradients(.bfloat16))
    #expect(abs(half.loss.doubles[0] - float.loss.doubles[0]) < Tolerance.bfloat16 * abs(float.loss.doubles[0]))
    #expect(half.loss == again.loss)
    // A bias in front of a normalisation has no gradient, only rounding.
    for name in float.state.trainable where name != "stem.bias" {
      let (wanted, result) = (float.state.gradient(name), half.state.gradient(name))
      // Only the stem lies in front of the max pool.
      let tolerance = name == "stem.weight" ? Tolerance.bfloat16Routing : Tolerance.bfloat16Gradient
      #expect(Tolerance.distance(result, wanted) < tolerance, "\(name)")
      #expect(result.dataType == .float32 && result == again.state.gradient(name), "\(name)")
    }
    for name in ["bn.running_mean", "bn.running_var"] {
      #expect(
        Tolerance.relative(half.state.memory.tensor(name), float.state.memory.tensor(name)) < Tolerance.bfloat16)
    }
  }

  @Test(.enabled(if: Engine.multipliesBFloat16, "the processor has no bfloat16 instructions"))
  func activationsLieInMemoryAsBFloat16() throws {
    let gradient = try differentiated().gradient
    var options = ProgramOptions(fusesInference: false)
    func compiled() throws -> Program {
      try Program(
        graph: gradient.graph, batch: 64, parameters: ParameterMemory(graph: gradient.graph),
        engine: Engine(threads: 1), options: options)
    }
    let float = try compiled()
    options.precision = .bfloat16
    let half = try compiled()
    #expect(Double(half.memoryBytes) < 0.65 * Double(float.memoryBytes))
    #expect(!half.layers.contains { $0.isReference })
    for layer in half.layers where layer.op.hasPrefix("Conv") && !layer.name.contains("depthwise") {
      #expect(layer.implementation.contains("bf16"), "\(layer.name) \(layer.op)")
    }
    // Rounded: the image, the gradient of the loss, and what leaves a sum in float32. Widened: the vector that the
    // samples' channels are multiplied by, and what is summed over positions.
    let conversions = half.layers.filter { ["to bfloat16", "to float32"].contains($0.op) }
    #expect(conversions.count <= 6, "\(conversions.map { "\($0.op) \($0.name)" })")
  }

  /// Branches are dropped for the same samples as in float32, and what they are multiplied by does not bring them out of
  /// bfloat16.
  @Test func stochasticDepthStaysInBFloat16() throws {
    let b = GraphBuilder()
    let he = HeInitializer(seed: 4)
    let image = b.input("x", shape: [.batch, .fixed(3), .fixed(12), .fixed(12)])
    let x = try b.convolution(image, outputs: 16, kernel: 3, initializer: he, name: "stem")
    let branch = try b.convolution(b.relu(x), outputs: 16, kernel: 3, initializer: he, name: "branch")
    let sum = try b.sum(x, b.stochasticDepth(branch, ratio: 0.5))
    let y = try b.convolution(b.relu(sum), outputs: 4, kernel: 3, initializer: he, name: "head")
    try b.output(b.add(ReduceMean(axes: [], keepDimensions: false), b.product(y, y)), as: "loss")
    let graph = try b.build()
    let gradient = try graph.differentiated(loss: "loss", withRespectTo: graph.trainableParameters())
    func run(_ precision: ProgramOptions.Precision) throws -> (state: TrainingState, layers: [LayerDescription]) {
      let state = TrainingState(graph: graph)
      let program = try GradientProgram(
        gradient, batch: 16, state: state, engine: Engine(threads: 2), precision: precision)
      _ = try program.run(["x": input(batch: 16)])
      return (state, program.compiled.layers)
    }
    let (float, half) = (try run(.float32), try run(.bfloat16))
    for name in float.state.trainable {
      let distance = Tolerance.distance(half.state.gradient(name), float.state.gradient(name))
      #expect(distance < Tolerance.bfloat16Gradient, "\(name)")
    }
    let products = half.layers.filter { $0.op == Mul.kind && $0.name.contains("stochasticdepth") }
    #expect(!products.isEmpty)
    if Engine.multipliesBFloat16 { #expect(products.allSatisfy { $0.implementation == "pare bf16" }) }
    #expect(!half.layers.contains { $0.isReference })
  }

  /// A loss built on features is computed in float32 from both sides.
  @Test func lossesAreFloat32() throws {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(8), .fixed(6), .fixed(6)])
    let window = SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])
    let feature = try KernelCase.convolution(b, x, [8, 8, 3, 3], window: window, bias: false)
    let next = try b.add(
      Convolution(window: window), [feature, b.parameter("w2", KernelCase.weights([8, 8, 3, 3], seed: 6))])[0]
    let wanted = b.input("teacher", shape: [.batch, .fixed(8), .fixed(6), .fixed(6)])
    let difference = try b.difference(feature, wanted)
    try b.output(b.add(ReduceMean(axes: [], keepDimensions: false), b.product(difference, difference)), as: "loss")
    try b.output(next, as: "y")
    let graph = try b.build()
    let program = try program(graph, batch: 2)
    let kinds = program.layers.map(\.implementation)
    for (layer, implementation) in zip(program.layers, kinds) where ["Sub", "Mul", "ReduceMean"].contains(layer.op) {
      #expect(implementation == "pare", "\(layer.op)")
    }
  }

  /// A processor without the instructions: the same program as in float32, the same bits.
  @Test func withoutInstructionsEverythingIsFloat32() throws {
    pk_force_cpu_level("avx2")
    defer { pk_force_cpu_level("") }
    #expect(!Engine.multipliesBFloat16)
    let graph = try network()
    let (half, float) = (try program(graph, batch: 4), try program(graph, batch: 4, .float32))
    #expect(half.layers.map(\.implementation) == float.layers.map(\.implementation))
    let x = input(batch: 4)
    #expect(try half.run(["x": x])["y"]! == float.run(["x": x])["y"]!)
  }
}
