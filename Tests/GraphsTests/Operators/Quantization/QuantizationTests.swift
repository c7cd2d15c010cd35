import Graphs
import Tensors
import Testing

@Suite("QuantizeLinear and DequantizeLinear")
struct QuantizationTests {
  let context = EvaluationContext(batch: 1)

  @Test("rounds halves to even and saturates")
  func rounds() throws {
    let x = Tensor([Float(0.5), 1.5, 2.5, -0.5, -1.5, 200, -200, .infinity])
    let one = Tensor(scalar: Float(1))
    let y = try QuantizeLinear().evaluate([x, one, Tensor(scalar: Int8(0))], in: context)[0]
    #expect(y == Tensor([Int8(0), 2, 2, 0, -2, 127, -128, 127]))
    let unsigned = try QuantizeLinear().evaluate([x, one, nil], in: context)[0]
    #expect(unsigned == Tensor([UInt8(0), 2, 2, 0, 0, 200, 0, 255]))
    let shifted = try QuantizeLinear().evaluate([x, one, Tensor(scalar: UInt8(10))], in: context)[0]
    #expect(shifted == Tensor([UInt8(10), 12, 12, 10, 8, 210, 0, 255]))
  }

  @Test("scales every index of an axis by its own")
  func perAxis() throws {
    let x = Tensor([Float(1), 2, 3, 4], shape: [2, 2])
    let scale = Tensor([Float(1), 0.5])
    let zero = Tensor([Int8(0), 0])
    #expect(
      try QuantizeLinear(axis: 0).evaluate([x, scale, zero], in: context) == [
        Tensor([Int8(1), 2, 6, 8], shape: [2, 2])
      ])
    #expect(
      try QuantizeLinear(axis: 1).evaluate([x, scale, zero], in: context) == [
        Tensor([Int8(1), 4, 3, 8], shape: [2, 2])
      ])
    let back = try DequantizeLinear(axis: -1).evaluate(
      [Tensor([Int8(1), 4, 3, 8], shape: [2, 2]), scale, zero], in: context)
    #expect(back == [x])
  }

  @Test("a pair passes dy on where x is not clipped")
  func straightThrough() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.fixed(4)])
    let scale = builder.parameter("scale", Tensor(scalar: Float(0.1)))
    let zero = builder.parameter("zero", Tensor(scalar: Int8(0)))
    let pair = try builder.dequantized(
      builder.quantized(x, scale: scale, zeroPoint: zero), scale: scale, zeroPoint: zero)
    let loss = try builder.add(ReduceSum(axes: [], keepDimensions: false), builder.scaled(pair, by: 3))
    try builder.output(loss, as: "loss")
    let graph = try builder.build().differentiated(loss: "loss", withRespectTo: ["x"])
    let inputs = ["x": Tensor([Float(1), 20, -12.7, -13])]
    let values = try ReferenceEvaluation(of: graph.graph, inputs: inputs, batch: 1).values
    let gradient = try #require(values[graph.gradients["x"]!]).floats
    for (got, wanted) in zip(gradient, [Float(3), 0, 3, 0]) { #expect(abs(got - wanted) < 1e-5) }
  }

  @Test("errs by at most half a scale where nothing is clipped")
  func halfStep() throws {
    var random = RandomSource(seed: 3)
    let x = Tensor.uniform([1000], in: -12...12, from: &random)
    let scale = Tensor(scalar: Float(0.1))
    let q = try QuantizeLinear().evaluate([x, scale, Tensor(scalar: Int8(0))], in: context)[0]
    let y = try DequantizeLinear().evaluate([q, scale], in: context)[0]
    let worst = zip(x.doubles, y.doubles).map { abs($0 - $1) }.max()!
    #expect(worst <= 0.05 + 1e-6)
  }

  @Test("refuses blocks and types that do not fit")
  func refuses() throws {
    let x = InputFact(ValueType(.float32, [.fixed(4)]))
    let scale = InputFact(ValueType(.float32, []))
    #expect(throws: PareError.self) {
      try QuantizeLinear(
        record: NodeRecord(
          type: "QuantizeLinear", name: "q", opset: 21, attributes: ["block_size": .int(2)], inputs: [x, scale]))
    }
    #expect(throws: PareError.self) { try DequantizeLinear().outputTypes(for: [x, scale]) }
  }
}
