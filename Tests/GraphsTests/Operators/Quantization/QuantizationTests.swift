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

  @Test("gives every block of an axis its own scale")
  func blocks() throws {
    let x = Tensor((1...10).map { Float($0) }, shape: [2, 5])
    let scale = Tensor([Float(1), 0.5, 0.25, 2, 1, 0.5], shape: [2, 3])
    let op = QuantizeLinear(axis: -1, outputType: .int8, blockSize: 2)
    let y = try op.evaluate([x, scale], in: context)[0]
    #expect(y == Tensor([Int8(1), 2, 6, 8, 20, 3, 4, 8, 9, 20], shape: [2, 5]))
    let back = try DequantizeLinear(axis: 1, blockSize: 2).evaluate([y, scale], in: context)[0]
    #expect(back == Tensor([Float(1), 2, 3, 4, 5, 6, 8, 8, 9, 10], shape: [2, 5]))
    let fact = InputFact(ValueType(.float32, [.fixed(2), .fixed(5)]))
    for shape: ValueShape in [[.fixed(2), .fixed(2)], [.fixed(3)], [.fixed(1), .fixed(3)]] {
      #expect(throws: PareError.self) { try op.outputTypes(for: [fact, InputFact(ValueType(.float32, shape))]) }
    }
  }

  @Test("a pair in blocks passes dy on, too")
  func blocksStraightThrough() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.fixed(2), .fixed(3)])
    let scale = builder.parameter("scale", Tensor([Float(1), 0.5, 0.25, 2], shape: [2, 2]))
    let q = try builder.add(QuantizeLinear(axis: 1, outputType: .int8, blockSize: 2), x, scale)
    let pair = try builder.add(DequantizeLinear(axis: 1, blockSize: 2), q, scale)
    let loss = try builder.add(ReduceSum(axes: [], keepDimensions: false), builder.scaled(pair, by: 3))
    try builder.output(loss, as: "loss")
    let graph = try builder.build().differentiated(loss: "loss", withRespectTo: ["x"])
    let inputs = ["x": Tensor([Float(1), 200, 3, 4, 100, 6], shape: [2, 3])]
    let values = try ReferenceEvaluation(of: graph.graph, inputs: inputs, batch: 1).values
    #expect(try #require(values[graph.gradients["x"]!]).floats == [3, 0, 3, 3, 0, 3])
  }

  @Test("rounds the quotient to the precision asked for")
  func precision() throws {
    // 2049 is no half-precision number, and neither is 0.1.
    let x = Tensor([Float(2049), 12.65])
    let scale = Tensor(scalar: Float(1))
    let whole = try QuantizeLinear(outputType: .int16).evaluate([x, scale], in: context)[0]
    #expect(whole == Tensor([Int16(2049), 13]))
    let half = QuantizeLinear(outputType: .int16, precision: .float16)
    #expect(try half.evaluate([x, scale], in: context)[0] == Tensor([Int16(2048), 13]))
    let read = try QuantizeLinear(
      record: NodeRecord(
        type: "QuantizeLinear", name: "q", opset: 23, attributes: half.form().attributes, inputs: []))
    #expect(read.precision == .float16 && read.outputType == .int16)
  }

  @Test("takes scale and zero point from the range, which holds 0")
  func dynamic() throws {
    func run(_ values: [Float]) throws -> [Tensor] {
      try DynamicQuantizeLinear().evaluate([Tensor(values)], in: context)
    }
    #expect(
      try run([-64, 0.5, 1.5, 191]) == [
        Tensor([UInt8(0), 64, 66, 255]), Tensor(scalar: Float(1)), Tensor(scalar: UInt8(64)),
      ])
    #expect(try run([0, 0]) == [Tensor([UInt8(0), 0]), Tensor(scalar: Float(1)), Tensor(scalar: UInt8(0))])
    #expect(try run([.infinity, 1])[2] == Tensor(scalar: UInt8(0)))
  }

  @Test("moves integers with the integer that stands for the padding")
  func movesIntegers() throws {
    let pad = Pad(before: [1], after: [0], value: Tensor(scalar: Float(0.5)))
    #expect(!pad.onlyMoves && Pad(before: [1], after: [0]).onlyMoves)
    let moving = try #require(pad.moving(.uint8) { Int($0 * 10) + 3 })
    #expect(try moving.evaluate([Tensor([UInt8(7)])], in: context)[0] == Tensor([UInt8(8), 7]))
    let zeros = try #require(Pad(before: [1], after: [0]).moving(.int8) { Int($0 * 10) - 3 })
    #expect(try zeros.evaluate([Tensor([Int8(7)])], in: context)[0] == Tensor([Int8(-3), 7]))
  }

  @Test("refuses types and attributes that do not fit")
  func refuses() throws {
    let x = InputFact(ValueType(.float32, [.fixed(4)]))
    let scale = InputFact(ValueType(.float32, []))
    #expect(throws: PareError.self) {
      try QuantizeLinear(
        record: NodeRecord(
          type: "QuantizeLinear", name: "q", opset: 21, attributes: ["block_size": .int(-2)], inputs: [x, scale]))
    }
    #expect(throws: PareError.self) {
      try QuantizeLinear(
        record: NodeRecord(
          type: "QuantizeLinear", name: "q", opset: 23, attributes: ["precision": .int(3)], inputs: [x, scale]))
    }
    #expect(throws: PareError.self) { try DequantizeLinear().outputTypes(for: [x, scale]) }
    #expect(throws: PareError.self) { try MatMulInteger().outputTypes(for: [x, x]) }
  }
}
