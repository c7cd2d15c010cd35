import Graphs
import TestSupport
import Tensors
import Testing

@Suite("Folding batch normalisation and putting it back")
struct BatchNormalizationPassTests {
  /// Weights are rounded to float32 once; outputs are of size 1 to 10.
  static let tolerance = 1e-5
  /// Weights and biases that went through the round trip, relative to their size.
  static let roundTripTolerance = 1e-6

  private func network() throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer()
    var x = builder.imageInput(channels: 2, height: 4, width: 4)
    x = try builder.convolution(x, outputs: 4, kernel: 3, bias: true, initializer: he, name: "dense")
    x = try builder.relu(builder.batchNormalization(x))
    x = try builder.convolution(x, outputs: 4, kernel: 3, groups: 4, initializer: he, name: "depthwise")
    x = try builder.batchNormalization(x)
    x = try builder.dense(builder.flattened(x), outputs: 3, initializer: he, name: "head")
    try builder.output(builder.batchNormalization(x), as: "y")
    var graph = try builder.build()
    for (number, name) in graph.parameters.keys.enumerated() where graph.parameters[name]!.shape.rank == 1 {
      let shape = graph.parameters[name]!.shape
      graph.parameters[name] = .dense(SampleTensors.positive(shape, seed: UInt64(number)))
    }
    return graph
  }

  private let image = SampleTensors.normal([2, 2, 4, 4])

  private func outputs(_ graph: Graph) throws -> [String: Tensor] {
    try ReferenceEvaluation(of: graph, inputs: ["input": image], batch: 2, double: true).values
  }

  private func expectClose(_ a: Tensor, _ b: Tensor, _ tolerance: Double) {
    #expect(a.shape == b.shape)
    for (x, y) in zip(a.doubles, b.doubles) { #expect(abs(x - y) <= tolerance * max(1, abs(x))) }
  }

  @Test("folds into convolutions, depthwise ones and dense layers")
  func folds() throws {
    let graph = try network()
    let folded = try graph.applying(BatchNormalizationFolding())
    #expect(!folded.nodes.contains { $0.op is BatchNormalization })
    #expect(folded.outputs == graph.outputs)
    expectClose(try outputs(folded)["y"]!, try outputs(graph)["y"]!, Self.tolerance)
  }

  @Test("leaves a convolution alone whose output something else reads, and shared weights")
  func leaves() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    let x = builder.imageInput(channels: 2, height: 4, width: 4)
    let y = try builder.convolution(x, outputs: 2, kernel: 3, initializer: he, name: "conv")
    try builder.output(builder.sum(y, builder.batchNormalization(y)), as: "y")
    #expect(try builder.build().applying(BatchNormalizationFolding()).nodes.count == 3)

    let shared = GraphBuilder()
    let input = shared.imageInput("input", channels: 2, height: 4, width: 4)
    let weights = shared.parameter("w", SampleTensors.normal([2, 2, 1, 1]))
    let conv = Convolution(window: SpatialWindow(kernel: [1, 1]))
    let first = try shared.add(conv, input, weights)
    let normalized = try shared.batchNormalization(shared.add(conv, first, weights))
    try shared.output(normalized, as: "y")
    let graph = try shared.build()
    let folded = try graph.applying(BatchNormalizationFolding())
    #expect(folded.nodes.count == 2)
    expectClose(try outputs(folded)["y"]!, try outputs(graph)["y"]!, Self.tolerance)
  }

  @Test("leaves statistics alone that do not fit together")
  func leavesDamagedStatistics() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 2, height: 4, width: 4)
    let y = try builder.convolution(x, outputs: 2, kernel: 1, initializer: HeInitializer(), name: "conv")
    try builder.output(builder.batchNormalization(y), as: "y")
    var graph = try builder.build()
    graph.parameters["bn.running_mean"] = .dense(Tensor(zeros: [1]))
    #expect(try BatchNormalizationFolding().apply(to: graph).nodes.count == 2)
  }

  @Test("puts normalisations back without changing the function, and folds them again")
  func reinserts() throws {
    let folded = try network().applying(BatchNormalizationFolding())
    let places = BatchNormalizationReinsertion.convolutionsToNormalize(in: folded)
    #expect(places.map(\.node) == ["dense", "depthwise"])
    let values = try outputs(folded)
    var statistics: [String: (mean: [Double], variance: [Double])] = [:]
    for place in places {
      let tensor = try #require(values[place.value])
      var (mean, variance) = ([Double](repeating: 0, count: 4), [Double](repeating: 0, count: 4))
      for (index, value) in tensor.doubles.enumerated() { mean[index / 16 % 4] += value / 32 }
      for (index, value) in tensor.doubles.enumerated() {
        let c = index / 16 % 4
        variance[c] += (value - mean[c]) * (value - mean[c]) / 32
      }
      statistics[place.node] = (mean, variance)
    }
    let open = try folded.applying(BatchNormalizationReinsertion(statistics: statistics))
    #expect(open.nodes.filter { $0.op is BatchNormalization }.count == 2)
    expectClose(try outputs(open)["y"]!, values["y"]!, Self.tolerance)
    for node in open.nodes where node.op is Convolution {
      let weights = try #require(open.parameters[node.inputs[1]]?.tensor)
      let square = weights.doubles.reduce(0) { $0 + $1 * $1 } / Double(weights.shape[0])
      #expect(abs(square - 2) < 1e-6, "filters have He's norm on average")
    }
    let again = try open.applying(BatchNormalizationFolding())
    #expect(again.nodes.map(\.op.kind) == folded.nodes.map(\.op.kind))
    for (a, b) in zip(again.nodes, folded.nodes) {
      for (x, y) in zip(a.inputs.dropFirst(), b.inputs.dropFirst()) {
        expectClose(again.parameters[x]!.tensor, folded.parameters[y]!.tensor, Self.roundTripTolerance)
      }
    }
  }
}
