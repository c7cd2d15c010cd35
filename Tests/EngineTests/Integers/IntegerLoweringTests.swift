import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Quantized networks run on integers, and compute what their operators compute one by one.
@Suite(.serialized) struct IntegerLoweringTests {
  private static let conversions: Set<String> = ["to channels-last", "to row-major", "copy"]

  private func program(_ graph: Graph, batch: Int, threads: Int = 1) throws -> Program {
    try Network(graph: graph).makeSession(batch: batch, threads: threads).program
  }

  private func operators(_ program: Program) -> [String] {
    program.layers.map(\.op).filter { !Self.conversions.contains($0) }
  }

  /// Sums of products are scaled in float32 here and in double precision there: where that meets a tie, the integer
  /// differs by 1. Every operation may meet a few; they are fewer than one in fifty, and are far from adding up.
  @Test(arguments: IntegerCase.all, [1, 2])
  func agreesWithTheReference(test: IntegerCase, threads: Int) throws {
    let graph = try test.graph()
    let input = test.tensor(batch: 3)
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: 3).values["y"]!
    let last = try #require(graph.nodes.last { $0.op is DequantizeLinear && graph.parameters[$0.inputs[0]] == nil })
    let step = try #require(graph.parameters[last.inputs[1]]).tensor.doubles[0]
    let result = try program(graph, batch: 3, threads: threads).run(["x": input])["y"]!
    #expect(result.shape == expected.shape)
    let steps = zip(result.doubles, expected.doubles).map { (($0 - $1) / step).rounded() }
    #expect(steps.allSatisfy { abs($0) <= 1 }, "up to \(steps.map(abs).max() ?? 0) steps")
    #expect(steps.count { $0 != 0 } * 50 <= steps.count, "\(steps.count { $0 != 0 }) of \(steps.count) differ")
  }

  @Test(arguments: IntegerCase.all)
  func runsOnIntegersAlone(test: IntegerCase) throws {
    let program = try program(test.graph(), batch: 2)
    #expect(operators(program) == ["QuantizeLinear"] + test.runs + ["DequantizeLinear"])
    #expect(!program.layers.contains { $0.isReference })
  }

  /// The results of products may stay numbers.
  @Test func lastProductsGiveNumbers() throws {
    let b = GraphBuilder()
    let x = try b.rounded(b.input("x", shape: [.batch, .fixed(5), .fixed(7), .fixed(6)]), .shifted)
    let y = try b.relu(b.integerConvolution(x, outputs: 4))
    try b.output(b.add(Gemm(transposeB: true), b.add(Flatten(), x), b.integerWeights([3, 210])), as: "scores")
    try b.output(y, as: "y")
    let graph = try b.build()
    let program = try program(graph, batch: 2)
    #expect(operators(program).sorted() == ["QuantizeLinear", "QuantizedConv", "QuantizedMatMul"])
    let input = IntegerCase.all[0].tensor(batch: 2)
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: 2).values
    let results = try program.run(["x": input])
    for name in ["scores", "y"] { #expect(Tolerance.relative(results[name]!, expected[name]!) < Tolerance.float32) }
  }

  /// A value that somebody else wants as numbers, a quantization per channel, 16 bits, computed scales: all of these run
  /// on floats where they must, and are right.
  @Test func otherFormsRunOnFloats() throws {
    let b = GraphBuilder()
    let x = try b.rounded(b.input("x", shape: [.batch, .fixed(5), .fixed(7), .fixed(6)]), .shifted)
    let y = try b.integerConvolution(x, outputs: 4)
    let both = try b.sum(b.rounded(y, .signed), y)
    let scales = b.parameter("scales", Tensor([Float(0.02), 0.03, 0.04, 0.05]))
    let zeros = b.parameter("zeros", Tensor([Int8(0), 1, -2, 3]))
    let perChannel = try b.add(
      DequantizeLinear(axis: 1), b.add(QuantizeLinear(axis: 1), both, scales, zeros), scales, zeros)
    let fine = try b.rounded(b.relu(perChannel), IntegerCase.Format(scale: 0.001, zeroPoint: -300, type: .int16))
    let computed = try b.add(Exp(), b.parameter("logarithm", Tensor(scalar: Float(-3))))
    let zero = b.parameter("zero", Tensor(scalar: Int8(0)))
    let last = try b.add(DequantizeLinear(), b.add(QuantizeLinear(), fine, computed, zero), computed, zero)
    try b.output(last, as: "y")
    let graph = try b.build()
    let input = IntegerCase.all[0].tensor(batch: 2)
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: 2).values["y"]!
    let result = try program(graph, batch: 2).run(["x": input])["y"]!
    let different = zip(result.doubles, expected.doubles).count { abs($0 - $1) > 1e-6 }
    #expect(different * 50 <= result.count)
    #expect(Tolerance.relative(result, expected) < 0.05)
  }

  /// Weights whose zero points leave no 8 bits stay in floats.
  @Test func weightsThatDoNotFitRunOnFloats() throws {
    let b = GraphBuilder()
    let x = try b.rounded(b.input("x", shape: [.batch, .fixed(5), .fixed(7), .fixed(6)]), .unsigned)
    let weights = try b.integerWeights([4, 5, 3, 3], unsignedZeroPoint: 3)
    try b.output(b.add(Convolution(window: IntegerCase.window), x, weights), as: "y")
    let graph = try b.build()
    let program = try program(graph, batch: 2)
    #expect(operators(program) == ["QuantizeLinear", "DequantizeLinear", "Conv"])
    let input = IntegerCase.all[0].tensor(batch: 2)
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: 2).values["y"]!
    #expect(Tolerance.relative(try program.run(["x": input])["y"]!, expected) < Tolerance.float32)
  }

  /// Integers that are outputs of the network themselves keep their names and values.
  @Test func integersCanBeOutputs() throws {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(5), .fixed(7), .fixed(6)])
    let (scale, zero) = (b.scalar(0.05), b.parameter("zero", Tensor(scalar: Int8(0))))
    let q = try b.add(QuantizeLinear(), x, scale, zero)
    let moved = try b.maxPool(b.add(DequantizeLinear(), q, scale, zero), kernel: 2)
    let again = try b.add(QuantizeLinear(), moved, scale, zero)
    try b.output(q, as: "q")
    try b.output(again, as: "again")
    let graph = try b.build()
    let input = IntegerCase.all[0].tensor(batch: 2)
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: 2).values
    let results = try program(graph, batch: 2).run(["x": input])
    #expect(results == ["q": expected["q"]!, "again": expected["again"]!])
  }
}
