import Graphs
import Tensors
import TestSupport
import Testing

@Suite struct StochasticDepthTests {
  /// x + branch(x) for samples of three numbers, where the branch doubles, and its gradient.
  private func run(
    ratio: Float, samples: Int, name: String = "block", seed: UInt64 = 3
  ) throws -> (output: [Float], gradient: [Float]) {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(3)])
    let branch = try builder.scope(name) {
      try builder.stochasticDepth(builder.scaled(x, by: 2), ratio: ratio)
    }
    let y = try builder.sum(x, branch)
    try builder.output(builder.add(ReduceSum(axes: [], keepDimensions: false), y), as: "loss")
    let graph = try builder.build().differentiated(loss: "loss", withRespectTo: ["x"])
    let ones = Tensor(repeating: Float(1), shape: [samples, 3])
    let values = try ReferenceEvaluation(of: graph.graph, inputs: ["x": ones], batch: samples, seed: seed).values
    return (values[y.name]!.floats, values[graph.gradients["x"]!]!.floats)
  }

  @Test("inference passes its input on") func inference() throws {
    let x = SampleTensors.positive([4, 5])
    #expect(try StochasticDepth(ratio: 0.5).evaluate([x], in: EvaluationContext(batch: 4)) == [x])
  }

  @Test(
    "whole samples lose the branch, the share asked for; the others have it scaled", arguments: [Float(0), 0.2, 0.5, 1])
  func share(ratio: Float) throws {
    let samples = 2000
    let (output, gradient) = try run(ratio: ratio, samples: samples)
    let kept = ratio < 1 ? 1 + 2 / (1 - ratio) : 1
    var dropped = 0
    for sample in 0..<samples {
      let row = Array(output[3 * sample..<3 * sample + 3])
      #expect(Set(row).count == 1 && (row[0] == 1 || abs(row[0] - kept) < 1e-6))
      // The derivative is 1 through the shortcut, and the branch's factor where it is there.
      #expect(Array(gradient[3 * sample..<3 * sample + 3]) == row)
      if row[0] == 1 { dropped += 1 }
    }
    // Independent draws: four standard deviations are 4 * sqrt(2000 / 4) = 90 at most.
    #expect(abs(Double(dropped) - Double(ratio) * Double(samples)) <= 90)
  }

  @Test("the mean over draws is the branch") func mean() throws {
    let (output, _) = try run(ratio: 0.3, samples: 20_000)
    // A sample's branch has variance 4 * 0.3 / 0.7; four deviations of the mean of 20,000.
    let variance: Double = 4 * 0.3 / 0.7
    let sum = output.reduce(0.0) { $0 + Double($1) }
    #expect(abs(sum / 60_000 - 3) < 4 * (variance / 20_000).squareRoot())
  }

  @Test("the same seed and node drop the same samples, others do not") func seeds() throws {
    let first = try run(ratio: 0.5, samples: 100).output
    #expect(try run(ratio: 0.5, samples: 100).output == first)
    #expect(try run(ratio: 0.5, samples: 100, seed: 4).output != first)
    #expect(try run(ratio: 0.5, samples: 100, name: "other").output != first)
  }

  @Test(arguments: [false, true]) func gradient(training: Bool) throws {
    let x = SampleTensors.normal([6, 2, 3])
    let shapes: [Int: ValueShape] = [0: [.batch, .fixed(2), .fixed(3)]]
    let test = GradientCase("", StochasticDepth(ratio: 0.4), [x], training: training, shapes: shapes, batch: 6)
    #expect(try test.mismatches() == [])
  }

  @Test("a number has no samples") func scalars() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [])
    try builder.output(builder.stochasticDepth(x, ratio: 0.5), as: "y")
    let graph = try builder.build()
    #expect(throws: PareError.self) { try graph.differentiated(loss: "y", withRespectTo: ["x"]) }
  }

  @Test("what is compiled for inference is without it") func elimination() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput("x", channels: 2, height: 3, width: 3)
    try builder.output(builder.sum(x, builder.stochasticDepth(builder.relu(x), ratio: 0.5)), as: "y")
    let graph = try builder.build()
    #expect(try graph.applying(IdentityElimination()).nodes.contains { $0.op is StochasticDepth })
    let plain = try graph.applying(IdentityElimination(keepsTraining: false))
    #expect(plain.nodes.map(\.op.kind) == ["Relu", "Add"])
  }
}
