import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Reductions") struct ReductionTests {
  static let cases = [([1], true), ([0, 2], false), ([-1], false), ([], true), ([], false), ([2, 1], false)].flatMap {
    (axes: [Int], keep: Bool) in
    let x = SampleTensors.normal([2, 3, 4])
    return [
      GradientCase("sum over \(axes), keep \(keep)", ReduceSum(axes: axes, keepDimensions: keep), [x]),
      GradientCase("mean over \(axes), keep \(keep)", ReduceMean(axes: axes, keepDimensions: keep), [x]),
      GradientCase(
        "mean over \(axes), keep \(keep), batch axis", ReduceMean(axes: axes, keepDimensions: keep), [x],
        shapes: [0: [.batch, .fixed(3), .fixed(4)]], batch: 2),
    ]
  }

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  static let others = [([1], true), ([0, 2], false), ([-1], false), ([], false)].flatMap { (axes: [Int], keep: Bool) in
    let (x, positive) = (SampleTensors.distinct([2, 3, 4]), SampleTensors.positive([2, 3, 4]))
    let operators: [(any Operator, Tensor)] = [
      (ReduceMax(axes: axes, keepDimensions: keep), x), (ReduceMin(axes: axes, keepDimensions: keep), x),
      (ReduceProd(axes: axes, keepDimensions: keep), positive), (ReduceL1(axes: axes, keepDimensions: keep), x),
      (ReduceL2(axes: axes, keepDimensions: keep), x), (ReduceSumSquare(axes: axes, keepDimensions: keep), x),
      (ReduceLogSum(axes: axes, keepDimensions: keep), positive),
      (ReduceLogSumExp(axes: axes, keepDimensions: keep), x),
    ]
    return operators.flatMap { op, x in
      [
        GradientCase("\(op.kind) over \(axes), keep \(keep)", op, [x]),
        GradientCase(
          "\(op.kind) over \(axes), keep \(keep), batch axis", op, [x],
          shapes: [0: [.batch, .fixed(3), .fixed(4)]], batch: 2),
      ]
    }
  }

  @Test(arguments: others) func gradientOfOthers(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  private func result(_ op: any Operator, _ inputs: Tensor...) throws -> [Double] {
    try op.evaluate(inputs, in: EvaluationContext(batch: 1))[0].doubles
  }

  @Test("of no elements a reduction is its neutral element") func empty() throws {
    let x = Tensor(zeros: [2, 0])
    #expect(try result(ReduceMax(axes: [1], keepDimensions: false), x) == [-.infinity, -.infinity])
    #expect(try result(ReduceMin(axes: [1], keepDimensions: false), x) == [.infinity, .infinity])
    #expect(try result(ReduceProd(axes: [1], keepDimensions: false), x) == [1, 1])
    #expect(try result(ReduceL2(axes: [1], keepDimensions: false), x) == [0, 0])
    #expect(try result(ReduceLogSum(axes: [1], keepDimensions: false), x) == [-.infinity, -.infinity])
    #expect(try result(ReduceLogSumExp(axes: [1], keepDimensions: false), x) == [-.infinity, -.infinity])
    #expect(
      try result(ReduceMax(axes: [1], keepDimensions: false), Tensor(zeros: [1, 0], dataType: .int8)) == [-128])
  }

  @Test("NaN wins a maximum and a minimum, infinities pass a logarithm of sums") func specials() throws {
    let x = Tensor([Float(1), .nan, 3])
    #expect(try result(ReduceMax(axes: [], keepDimensions: false), x)[0].isNaN)
    #expect(try result(ReduceMin(axes: [], keepDimensions: false), x)[0].isNaN)
    let sums = ReduceLogSumExp(axes: [], keepDimensions: false)
    #expect(try result(sums, Tensor([Float.infinity, 1])) == [.infinity])
    #expect(try result(sums, Tensor([-Float.infinity, 0])) == [0])
  }

  @Test("equal extremes share a gradient, zeros take or leave a product's, a norm of 0 has none") func ties() throws {
    let (dy, x) = (Tensor([Float(6)]), Tensor([Float(2), 5, 5, 1]))
    let extreme = ReduceExtremeGradient(reduction: Reduction(axes: [0], keepDimensions: true))
    #expect(try result(extreme, dy, x, Tensor([Float(5)])) == [0, 3, 3, 0])
    let product = ReduceProdGradient(reduction: Reduction(axes: [0], keepDimensions: true))
    #expect(try result(product, dy, Tensor([Float(2), 0, 3])) == [0, 36, 0])
    #expect(try result(product, dy, Tensor([Float(0), 0, 3])) == [0, 0, 0])
    let builder = GraphBuilder()
    let norm = try builder.add(
      ReduceL2(axes: [], keepDimensions: false), builder.input("x", shape: [.fixed(2)]), name: "norm")
    try builder.output(norm, as: "loss")
    let gradient = try builder.build().differentiated(loss: "loss", withRespectTo: ["x"])
    let values = try ReferenceEvaluation(of: gradient.graph, inputs: ["x": Tensor([Float(0), 0])], batch: 1).values
    #expect(values[gradient.gradients["x"]!]!.floats == [0, 0])
  }

  @Test("no axes can mean all or nothing") func noAxes() throws {
    let x = Tensor([Float(1), 3])
    var op = ReduceMean(axes: [], keepDimensions: false)
    #expect(try op.evaluate([x], in: EvaluationContext(batch: 1))[0].floats == [2])
    op.reduction.isNothingForNone = true
    #expect(try op.evaluate([x], in: EvaluationContext(batch: 1))[0].floats == [1, 3])
    #expect(op.form().type == "Identity")
    var squares = ReduceSumSquare(axes: [], keepDimensions: false)
    squares.reduction.isNothingForNone = true
    #expect(try squares.evaluate([x], in: EvaluationContext(batch: 1))[0].floats == [1, 9])
    #expect(squares.form().opsets.lowerBound == 18)
  }
}
