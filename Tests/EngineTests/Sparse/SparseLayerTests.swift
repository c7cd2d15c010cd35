import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// A layer whose weights are sparse, with what is fused behind it.
struct SparseLayerCase: Sendable, CustomTestStringConvertible {
  let name: String
  let batch: Int
  let shape: ValueShape
  let weights: Shape
  /// Whether weights lie as inputs x outputs.
  let isTurned: Bool
  let build: @Sendable (GraphBuilder, Value, Value) throws -> Value
  var testDescription: String { name }

  init(
    _ name: String, batch: Int = 2, shape: ValueShape = [.batch, .fixed(24), .fixed(14), .fixed(14)], weights: Shape,
    isTurned: Bool = false, _ build: @escaping @Sendable (GraphBuilder, Value, Value) throws -> Value
  ) {
    (self.name, self.batch, self.shape, self.weights) = (name, batch, shape, weights)
    (self.isTurned, self.build) = (isTurned, build)
  }

  static let same = SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])
  static let matrix: ValueShape = [.batch, .fixed(40)]

  static let all: [SparseLayerCase] = [
    SparseLayerCase("3x3 with bias and relu", weights: [20, 24, 3, 3]) { b, x, w in
      try b.relu(b.add(Convolution(window: same), x, w, b.parameter("b", KernelCase.weights([20]))))
    },
    SparseLayerCase("3x3 with residual and clip", weights: [24, 24, 3, 3]) { b, x, w in
      try b.relu6(b.sum(b.add(Convolution(window: same), x, w), x))
    },
    SparseLayerCase("strided 3x3, sigmoid", weights: [33, 24, 3, 3]) { b, x, w in
      let window = SpatialWindow(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1])
      return try b.add(Sigmoid(), b.add(Convolution(window: window), x, w))
    },
    SparseLayerCase("uneven pads, strides and dilation, hard swish", batch: 1, weights: [7, 24, 3, 2]) { b, x, w in
      let window = SpatialWindow(kernel: [3, 2], strides: [2, 1], dilations: [1, 2], pads: [0, 2, 1, 0])
      return try b.add(HardSwish(), b.add(Convolution(window: window), x, w))
    },
    SparseLayerCase("strided 1x1, hard sigmoid", weights: [48, 24, 1, 1]) { b, x, w in
      let window = SpatialWindow(kernel: [1, 1], strides: [2, 2])
      return try b.add(HardSigmoid(), b.add(Convolution(window: window), x, w))
    },
    SparseLayerCase("one axis", shape: [.batch, .fixed(6), .fixed(19)], weights: [5, 6, 3]) { b, x, w in
      try b.add(Convolution(window: SpatialWindow(kernel: [3], pads: [1, 1])), x, w)
    },
    SparseLayerCase("dense layer", batch: 1, shape: matrix, weights: [70, 40]) { b, x, w in
      try b.add(Gemm(transposeB: true), [x, w, b.parameter("b", KernelCase.weights([70]))])[0]
    },
    SparseLayerCase("dense layer, weights turned", batch: 3, shape: matrix, weights: [40, 70], isTurned: true) {
      try $0.add(Gemm(), [$1, $2])[0]
    },
    SparseLayerCase("dense layer, large batch", batch: 50, shape: matrix, weights: [70, 40]) { b, x, w in
      try b.add(Gemm(transposeB: true), [x, w, b.parameter("b", KernelCase.weights([70]))])[0]
    },
    SparseLayerCase(
      "product of rows", shape: [.batch, .fixed(5), .fixed(40)], weights: [40, 18], isTurned: true
    ) { try $0.add(MatMul(), $1, $2) },
  ]

  /// The graph with about `density` of the weights, at random or in blocks of 16 outputs.
  func graph(density: Double, blocks: Bool) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let x = builder.input("x", shape: shape)
    try builder.output(build(builder, x, builder.parameter("w", sparse(density, blocks))), as: "y")
    return try builder.build()
  }

  private func sparse(_ density: Double, _ blocks: Bool) -> Tensor {
    var random = RandomSource(seed: 9)
    let outputs = isTurned ? weights[1] : weights[0]
    let inputs = weights.count / outputs
    let kept = Tensor.uniform([outputs, inputs], in: 0...1, from: &random).doubles.map { $0 < density }
    let all = KernelCase.weights(weights).doubles.enumerated().map { index, value in
      let (output, input) = isTurned ? (index % outputs, index / outputs) : (index / inputs, index % inputs)
      return kept[(blocks ? output / 16 : output) * inputs + input] ? value : 0
    }
    return Tensor(doubles: all, shape: weights, dataType: .float32)
  }

  func input(_ batch: Int) -> Tensor {
    var random = RandomSource(seed: 7, 1)
    return .normal(shape.bound(toBatch: batch), from: &random)
  }
}

/// Layers that multiply only with weights that are not zero.
@Suite(.serialized) struct SparseLayerTests {
  private func session(
    _ graph: Graph, batch: Int, threads: Int = 1, _ choice: ProgramOptions.SparseWeights
  ) throws -> Session {
    try Network(graph: graph).makeSession(
      batch: batch, engine: Engine(threads: threads), options: ProgramOptions(sparseWeights: choice))
  }

  @Test(arguments: SparseLayerCase.all, [0, 0.05, 0.5, 1])
  func agreesWithTheReference(test: SparseLayerCase, density: Double) throws {
    for blocks in [false, true] {
      let graph = try test.graph(density: density, blocks: blocks)
      let input = test.input(test.batch)
      let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: test.batch).values["y"]!
      for threads in [1, 2] {
        let session = try session(graph, batch: test.batch, threads: threads, .always)
        let layer = try #require(session.program.layers.first { $0.density != nil })
        #expect(layer.op.hasPrefix("Sparse") && layer.implementation.hasPrefix("sparse"))
        for _ in 0..<2 {
          let result = try session.run(["x": input])["y"]!
          #expect(Tolerance.relative(result, expected) < Tolerance.float32, "blocks \(blocks), threads \(threads)")
        }
      }
    }
  }

  @Test func theFastestFormRunsWhereItGains() {
    #expect(KernelTiming.fastest([4, 3, 1, 2]) == 2)
    #expect(KernelTiming.fastest([1, 0.97]) == 0, "noise does not decide")
    #expect(KernelTiming.fastest([4, 5, 6]) == 0)
  }

  /// A sparse layer reports what it multiplies with and reads; one with all weights stays dense where the clock decides.
  @Test func describesWhatRuns() throws {
    let test = SparseLayerCase(
      "large", batch: 1, shape: [.batch, .fixed(128), .fixed(14), .fixed(14)], weights: [128, 128, 3, 3]
    ) { try $0.add(Convolution(window: SparseLayerCase.same), $1, $2) }
    let thin = try test.graph(density: 0.02, blocks: false)
    let layer = try #require(session(thin, batch: 1, .always).program.layers.first { $0.macs > 0 })
    #expect(layer.op == "SparseConv")
    let density = try #require(layer.density)
    #expect(abs(density - 0.02) < 0.002)
    #expect(abs(Double(layer.macs) / (128 * 128 * 9 * 196 * density) - 1) < 1e-6)
    #expect(abs(Double(layer.bytes) - 4 * (2 * 128 * 196 + 128 * 128 * 9 * density)) <= 4)
    let full = try session(test.graph(density: 1, blocks: false), batch: 1, .measured)
    #expect(full.program.layers.allSatisfy { $0.density == nil })
    let dense = try session(thin, batch: 1, .never)
    #expect(dense.program.layers.allSatisfy { $0.density == nil })
  }

  /// Parameters that may change, grouped convolutions and bfloat16 are dense even where sparse forms are asked for.
  @Test func whatMayChangeStaysDense() throws {
    let options = ProgramOptions(sparseWeights: .always)
    let graph = try SparseLayerCase.all[0].graph(density: 0.05, blocks: false)
    let program = try Program(
      graph: graph, batch: 1, parameters: ParameterMemory(graph: graph), engine: Engine(threads: 1), options: options)
    #expect(program.layers.allSatisfy { $0.density == nil })
    let builder = GraphBuilder(name: "grouped")
    let x = builder.input("x", shape: SparseLayerCase.all[0].shape)
    let weights = builder.parameter("w", KernelCase.weights([24, 1, 3, 3]))
    try builder.output(builder.add(Convolution(window: SparseLayerCase.same, groups: 24), x, weights), as: "y")
    let grouped = try session(builder.build(), batch: 1, .always)
    #expect(grouped.program.layers.allSatisfy { $0.density == nil })
  }

  /// The same bits from two compilations by the fixed rule.
  @Test func theFixedRuleIsDeterministic() throws {
    let test = SparseLayerCase.all[1]
    let graph = try test.graph(density: 0.2, blocks: false)
    let results = try (0..<2).map { _ in
      try session(graph, batch: 2, threads: 2, .always).run(["x": test.input(2)])["y"]!
    }
    #expect(results[0] == results[1])
  }
}
