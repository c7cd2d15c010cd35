import Graphs
import Tensors

/// What changes between versions of the standard operator set, as far as writing needs to know.
enum OpsetForms {
  /// The version that is written where nothing needs a newer one.
  static let usual = 17

  /// The first version that has an operator of this type with today's meaning, where that is after the usual one.
  static func firstVersion(of type: String) -> Int { firstVersions[type] ?? usual }

  /// The first version in which a node can be written as it stands: that of its operator, or a later one for attributes
  /// and element types of quantization that came later.
  static func firstVersion(of node: Node, in graph: Graph) -> Int {
    guard let form = (node.op as? any ONNXOperator)?.form() else { return usual }
    let attributes = form.attributes.keys.compactMap { quantizationAttributes[$0] }
    let isQuantization = node.op is QuantizeLinear || node.op is DequantizeLinear
    let has16Bits = node.inputs.contains { name in
      graph.parameters[name].map { $0.dataType == .int16 || $0.dataType == .uint16 } ?? false
    }
    let versions = [firstVersion(of: form.type), form.opsets.lowerBound, isQuantization && has16Bits ? 21 : usual]
    return (versions + attributes).max() ?? usual
  }

  private static let quantizationAttributes = ["block_size": 21, "output_dtype": 21, "precision": 23]

  private static let firstVersions = [
    "Attention": 24, "BitwiseAnd": 18, "BitwiseNot": 18, "BitwiseOr": 18, "BitwiseXor": 18, "Gelu": 20,
    "Mish": 18, "RMSNormalization": 23, "RotaryEmbedding": 23, "Swish": 24,
  ]

  /// The IR version that goes with a version of the operator set.
  static func irVersion(forOpset opset: Int) -> Int64 {
    switch opset {
    case ...18: 8
    case 19...20: 9
    case 21...22: 10
    case 23: 11
    case 24: 12
    case 25...27: 13
    default: 14
    }
  }

  /// An operator's form, which is that of version 17, as a later version has it.
  static func form(_ form: NodeForm, inOpset opset: Int, outputCount: Int) -> NodeForm {
    guard opset >= 18 else { return form }
    var form = form
    if form.type.hasPrefix("Reduce"), case .ints(let axes)? = form.attributes["axes"] {
      form.attributes["axes"] = nil
      form.constantInputs[1] = Tensor(axes.map { Int64($0) })
    }
    if form.type == "Split", form.constantInputs[1] == nil, form.attributes["num_outputs"] == nil {
      form.attributes["num_outputs"] = .int(outputCount)
    }
    return form
  }

  /// Checks that a node which is written as it stood keeps its meaning in another version.
  /// - Throws: `PareError.unsupported` naming the node.
  static func check(_ node: Onnx_NodeProto, from old: Int, to new: Int) throws {
    if node.domain.isStandardDomain,
      let change = breakingVersions(of: node.opType).first(where: { old < $0 && $0 <= new })
    {
      throw PareError(
        .unsupported,
        "this operator has another form from operator set \(change) on, and Pare cannot convert it; "
          + "convert the network with onnx.version_converter first",
        context: ["node": node.name, "operator": node.opType, "opset": "\(old)"])
    }
    for attribute in node.attribute {
      for graph in (attribute.hasG ? [attribute.g] : []) + attribute.graphs {
        for inner in graph.node { try check(inner, from: old, to: new) }
      }
    }
  }

  /// The versions from 8 on in which an operator's inputs, attributes or defaults changed incompatibly.
  private static func breakingVersions(of type: String) -> [Int] {
    if type.hasPrefix("Reduce"), type != "ReduceSum" { return [18] }
    return breaking[type] ?? []
  }

  private static let breaking: [String: [Int]] = [
    "BatchNormalization": [9, 14], "Clip": [11], "DFT": [20], "Dropout": [12], "GridSample": [20],
    "GroupNormalization": [21], "Hardmax": [13], "LogSoftmax": [13], "Pad": [11], "ReduceSum": [13], "Resize": [11],
    "RoiAlign": [16], "Scan": [9], "Scatter": [11], "Slice": [10], "Softmax": [13], "Split": [13, 18], "Squeeze": [13],
    "TopK": [10], "Unsqueeze": [13], "Upsample": [9, 10],
  ]
}
