import Graphs
import Tensors
import TestSupport
import Testing

extension ReferenceFigures.Case: CustomTestStringConvertible {
  var testDescription: String { "\(name) \(attributes.keys.sorted().joined(separator: " "))" }
}

@Suite("Operators compute what ONNX Runtime computes") struct ReferenceTests {
  /// ONNX Runtime computes in float32, the reference in double: sums of a few dozen terms of size 1 to 10 differ by some
  /// 1e-6, relative to the larger of 1 and the value.
  static let tolerance = 1e-5

  /// The operators that Pare promises to run.
  static let promised: Set<String> = [
    "Conv", "BatchNormalization", "Relu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Softmax", "LogSoftmax",
    "MaxPool", "AveragePool", "GlobalAveragePool", "Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "Concat", "Slice",
    "Pad",
    "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "ReduceMean", "ReduceSum", "Identity", "Dropout",
    "ConstantOfShape", "Shape", "Gather", "Cast", "QuantizeLinear", "DequantizeLinear", "LeakyRelu", "PRelu", "Elu",
    "Selu", "Celu", "ThresholdedRelu", "Gelu", "Softplus", "Softsign", "Mish", "Pow", "Mod", "Erf", "Sign", "Floor",
    "Ceil", "Round", "Reciprocal", "Neg", "Abs", "Sum", "Min", "Max", "Where", "Equal", "Greater", "GreaterOrEqual",
    "Less", "LessOrEqual", "And", "Or", "Xor", "Not", "Expand", "Range",
    "ConvTranspose", "GlobalMaxPool", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare",
    "ReduceLogSum",
    "ReduceLogSumExp", "ArgMax", "ArgMin", "TopK", "Split", "DepthToSpace", "SpaceToDepth", "Resize",
    "LayerNormalization", "InstanceNormalization", "GroupNormalization", "Einsum",
    "Size",
    "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger",
  ]

  @Test("every operator is compared") func coverage() throws {
    let compared = Set(try ReferenceFigures.load().cases.map(\.type))
    #expect(Self.promised.subtracting(compared) == [])
    #expect(Self.promised.subtracting(OperatorList.onnx.map { $0.kind }) == [])
  }

  @Test(arguments: try ReferenceFigures.load().cases)
  func figures(_ example: ReferenceFigures.Case) throws {
    let type = try #require(OperatorList.operatorType(for: example.type), "no operator \(example.type)")
    let tensors = try example.inputs.map { try $0?.tensor }
    let constants = example.inputs.map { $0?.constant == true }
    let attributes = try example.attributes.mapValues { try $0.value }
    let op = try Self.read(
      type, example.type, opset: example.opset, attributes, tensors, constants, outputs: example.outputs.count)
    let own = tensors.indices.filter { !type.attributeInputs.contains($0) }
    let inputs = own.map { tensors[$0] }
    let outputs = try op.evaluate(inputs, in: EvaluationContext(batch: 1))
    try Self.compare(outputs, example.outputs)

    let facts = own.map { Self.fact(tensors[$0], isConstant: constants[$0]) }
    let types = try op.outputTypes(for: facts)
    #expect(types.map(\.dataType) == outputs.map(\.dataType))
    #expect(types.map(\.shape) == outputs.map { ValueShape($0.shape) })

    // What is written and read again computes the same.
    let form = op.form()
    let written = try #require(OperatorList.operatorType(for: form.type))
    var rest = zip(inputs, own.map { constants[$0] }).makeIterator()
    var (again, againConstants): ([Tensor?], [Bool]) = ([], [])
    let fixed = form.fixedInputs
    let count = max(inputs.count + fixed.count, (fixed.keys.max() ?? -1) + 1)
    for position in 0..<count {
      if let constant = fixed[position] {
        again.append(constant)
        againConstants.append(true)
      } else if !written.attributeInputs.contains(position), let (tensor, isConstant) = rest.next() {
        again.append(tensor)
        againConstants.append(isConstant)
      } else {
        again.append(nil)
        againConstants.append(false)
      }
    }
    let copy = try Self.read(
      written, form.type, opset: max(17, example.opset), form.attributes, again, againConstants,
      outputs: example.outputs.count)
    #expect(try copy.evaluate(inputs, in: EvaluationContext(batch: 1)) == outputs)
  }

  private static func fact(_ tensor: Tensor?, isConstant: Bool) -> InputFact? {
    tensor.map { InputFact(ValueType($0.dataType, ValueShape($0.shape)), constant: isConstant ? $0 : nil) }
  }

  private static func read(
    _ type: any ONNXOperator.Type, _ name: String, opset: Int, _ attributes: [String: AttributeValue],
    _ tensors: [Tensor?], _ constants: [Bool], outputs: Int
  ) throws -> any ONNXOperator {
    try type.init(
      record: NodeRecord(
        type: name, name: "node", opset: opset, attributes: attributes,
        inputs: zip(tensors, constants).map { fact($0, isConstant: $1) }, outputCount: outputs))
  }

  private static func compare(_ outputs: [Tensor], _ expected: [ReferenceFigures.Array]) throws {
    try #require(outputs.count == expected.count)
    for (output, wanted) in zip(outputs, expected) {
      let wanted = try wanted.tensor
      #expect(output.shape == wanted.shape)
      #expect(output.dataType == wanted.dataType)
      guard output.shape == wanted.shape else { continue }
      let differences = zip(output.doubles, wanted.doubles).map { abs($0 - $1) / max(1, abs($1)) }
      // Not by the largest difference: NaN would hide in it.
      #expect(differences.allSatisfy { $0 <= tolerance }, "largest difference \(differences.max() ?? 0)")
    }
  }
}
