import Graphs
import Tensors
import TestSupport
import Testing

/// One operator on given tensors with the result worked out by hand (or by numpy).
struct ValueCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var op: any Operator
  var inputs: [Tensor?]
  var expected: Tensor

  init(_ description: String, _ op: any Operator, _ inputs: [Tensor?], gives expected: Tensor) {
    testDescription = description
    self.op = op
    self.inputs = inputs
    self.expected = expected
  }
}

@Suite("Shape operators")
struct ShapeOperatorTests {
  static let six = Tensor([Float](arrayLiteral: 0, 1, 2, 3, 4, 5), shape: [2, 3])
  static let line = Tensor([Float](arrayLiteral: 0, 1, 2, 3))

  static let cases: [ValueCase] = [
    ValueCase(
      "concat of columns", Concat(axis: -1), [six, Tensor([Float(7), 8], shape: [2, 1])],
      gives: Tensor([Float(0), 1, 2, 7, 3, 4, 5, 8], shape: [2, 4])),
    ValueCase(
      "slice clamps", Slice(starts: [1], ends: [.max], axes: [1]), [six],
      gives: Tensor([Float(1), 2, 4, 5], shape: [2, 2])),
    ValueCase(
      "slice backwards to the beginning", Slice(starts: [-1], ends: [-.max], axes: [0], steps: [-1]), [line],
      gives: Tensor([Float(3), 2, 1, 0])),
    ValueCase(
      "slice backwards to the least integer", Slice(starts: [.max], ends: [.min], axes: [0], steps: [-2]), [line],
      gives: Tensor([Float(3), 1])),
    ValueCase(
      "slice with steps and an end from behind", Slice(starts: [0], ends: [-1], axes: [0], steps: [2]), [line],
      gives: Tensor([Float(0), 2])),
    ValueCase(
      "slice of nothing", Slice(starts: [3], ends: [1], axes: [0]), [line], gives: Tensor([Float]())),
    ValueCase(
      "slice with the widest step", Slice(starts: [0], ends: [.max], axes: [0], steps: [.max]), [line],
      gives: Tensor([Float(0)])),
    ValueCase(
      "pad with a number", Pad(before: [0, 1], after: [1, 0], value: Tensor([Float(9)])), [six],
      gives: Tensor([Float(9), 0, 1, 2, 9, 3, 4, 5, 9, 9, 9, 9], shape: [3, 4])),
    ValueCase("negative pads crop", Pad(before: [-1], after: [-2]), [line], gives: Tensor([Float(1)])),
    ValueCase(
      "reflection", Pad(before: [2], after: [1], mode: .reflect), [line],
      gives: Tensor([Float(2), 1, 0, 1, 2, 3, 2])),
    ValueCase("edges", Pad(before: [2], after: [1], mode: .edge), [line], gives: Tensor([Float(0), 0, 0, 1, 2, 3, 3])),
    ValueCase(
      "wrapping", Pad(before: [1], after: [2], mode: .wrap), [line], gives: Tensor([Float(3), 0, 1, 2, 3, 0, 1])),
    ValueCase("flatten at 0", Flatten(axis: 0), [six], gives: six.reshaped(to: [1, 6])),
    ValueCase("flatten at the rank", Flatten(axis: 2), [six], gives: six.reshaped(to: [6, 1])),
    ValueCase("transpose", Transpose(), [six], gives: Tensor([Float(0), 3, 1, 4, 2, 5], shape: [3, 2])),
    ValueCase("unsqueeze at both ends", Unsqueeze(axes: [0, -1]), [line], gives: line.reshaped(to: [1, 4, 1])),
    ValueCase("squeeze", Squeeze(axes: [-1]), [line.reshaped(to: [4, 1])], gives: line),
    ValueCase(
      "gather with indices from behind", Gather(axis: 1), [six, Tensor([Int64(-1), 0, 0])],
      gives: Tensor([Float(2), 0, 0, 5, 3, 3], shape: [2, 3])),
    ValueCase("gather of one", Gather(axis: 0), [line, Tensor(scalar: Int64(2))], gives: Tensor(scalar: Float(2))),
    ValueCase("shape from the second axis", ShapeOf(start: 1), [six], gives: Tensor([Int64(3)])),
    ValueCase("shape up to the last axis", ShapeOf(start: -9, end: -1), [six], gives: Tensor([Int64(2)])),
    ValueCase(
      "constant of a shape", ConstantOfShape(shape: [.fixed(2)], value: Tensor([Int64.min])), [],
      gives: Tensor([Int64.min, .min])),
    ValueCase(
      "cast truncates", Cast(to: .int32), [Tensor([Float(1.9), -1.9])], gives: Tensor([Int32(1), -1])),
    ValueCase("cast wraps integers", Cast(to: .uint8), [Tensor([Int64(300), -1])], gives: Tensor([UInt8(44), 255])),
    ValueCase("cast keeps doubles", Cast(to: .float32), [Tensor([0.1])], gives: Tensor([0.1])),
  ]

  @Test("gives the values worked out by hand", arguments: cases)
  func evaluates(_ test: ValueCase) throws {
    let result = try test.op.evaluate(test.inputs, in: EvaluationContext(batch: 1))
    #expect(result.count == 1 && result[0] == test.expected, "\(result[0].shape): \(result[0].doubles)")
    let facts = test.inputs.map { $0.map { InputFact(ValueType($0.dataType, ValueShape($0.shape)), constant: $0) } }
    let type = try test.op.outputTypes(for: facts)[0]
    #expect(type.shape == ValueShape(test.expected.shape))
  }

  @Test("survives the way into a file's form and back", arguments: cases)
  func roundTrips(_ test: ValueCase) throws {
    let op = try #require(test.op as? any ONNXOperator)
    let form = op.form()
    var tensors = test.inputs
    for (position, constant) in form.fixedInputs.sorted(by: { $0.key < $1.key }) {
      while tensors.count < position { tensors.append(nil) }
      tensors.insert(constant, at: position)
    }
    let facts = tensors.map { $0.map { InputFact(ValueType($0.dataType, ValueShape($0.shape)), constant: $0) } }
    let record = NodeRecord(type: form.type, name: "node", opset: 17, attributes: form.attributes, inputs: facts)
    let again = try #require(OperatorList.operatorType(for: form.type)).init(record: record)
    #expect(try again.evaluate(test.inputs, in: EvaluationContext(batch: 1)) == [test.expected])
  }

  @Test("reads attributes of old operator sets")
  func readsOldForms() throws {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(4), .fixed(8)]))
    let slice = try Slice(
      record: NodeRecord(
        type: "Slice", name: "s", opset: 9, attributes: ["starts": .ints([1]), "ends": .ints([3]), "axes": .ints([1])],
        inputs: [x]))
    #expect(try slice.outputTypes(for: [x])[0].shape == [.batch, .fixed(2), .fixed(8)])
    let pad = try Pad(
      record: NodeRecord(
        type: "Pad", name: "p", opset: 10, attributes: ["pads": .ints([0, 0, 1, 0, 0, 2])], inputs: [x]))
    #expect(try pad.outputTypes(for: [x])[0].shape == [.batch, .fixed(4), .fixed(11)])
    #expect(throws: PareError.self) {
      try Pad(record: NodeRecord(type: "Pad", name: "p", opset: 17, attributes: ["made_up": .int(1)], inputs: [x]))
    }
  }

  @Test("takes an axis that depends on the batch whole or not at all")
  func batchAxis() throws {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(4)]))
    #expect(try Slice(starts: [0], ends: [.max], axes: [0]).outputTypes(for: [x])[0].shape == x.type.shape)
    #expect(throws: PareError.self) { try Slice(starts: [0], ends: [1], axes: [0]).outputTypes(for: [x]) }
    // Nothing is made that is as long as an axis: a damaged file may say 2^40.
    let long = InputFact(ValueType(.float32, [.fixed(1 << 40)]))
    #expect(
      try Slice(starts: [1], ends: [.max], axes: [0], steps: [2]).outputTypes(for: [long])[0].shape
        == [.fixed(1 << 39)])
    #expect(
      try Slice(starts: [-1], ends: [.min], axes: [0], steps: [-3]).outputTypes(for: [long])[0].shape
        == [.fixed(((1 << 40) + 2) / 3)])
    #expect(throws: PareError.self) { try Pad(before: [1, 0], after: [0, 0]).outputTypes(for: [x]) }
  }

  @Test("the number of elements may depend on the batch")
  func size() {
    func known(_ shape: ValueShape) -> [Dimension]? {
      SizeOf().symbolicOutput(for: [InputFact(ValueType(.float32, shape))])
    }
    #expect(known([.fixed(2), .fixed(3)]) == [.fixed(6)])
    #expect(known([.batch, .fixed(3), .fixed(4)]) == [.batch(12)])
    #expect(known([.batch, .batch]) == nil)
  }

  @Test("constants come in five spellings")
  func constants() throws {
    func tensor(_ name: String, _ value: AttributeValue) throws -> Tensor {
      try ConstantNode.tensor(
        from: NodeRecord(type: "Constant", name: "c", opset: 17, attributes: [name: value], inputs: []))
    }
    #expect(try tensor("value", .tensor(Self.six)) == Self.six)
    #expect(try tensor("value_int", .int(3)) == Tensor(scalar: Int64(3)))
    #expect(try tensor("value_ints", .ints([3, 4])) == Tensor([Int64(3), 4]))
    #expect(try tensor("value_float", .float(0.5)) == Tensor(scalar: Float(0.5)))
    #expect(try tensor("value_floats", .floats([0.5])) == Tensor([Float(0.5)]))
    #expect(throws: PareError.self) { try tensor("value_string", .string("a")) }
  }
}
