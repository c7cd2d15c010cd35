import Foundation
import Graphs
import Tensors

@testable import ONNXFormat

/// Small ONNX files, written message by message.
enum FileBuilding {
  static func input(_ name: String, _ dimensions: [Any], type: DataType = .float32) -> Onnx_ValueInfoProto {
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = type.onnx
    info.type.tensorType.shape.dim = dimensions.map { extent in
      var dimension = Onnx_TensorShapeProto.Dimension()
      if let size = extent as? Int { dimension.dimValue = Int64(size) } else { dimension.dimParam = extent as! String }
      return dimension
    }
    return info
  }

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: AttributeValue] = [:],
    domain: String = ""
  ) throws -> Onnx_NodeProto {
    var node = Onnx_NodeProto()
    node.opType = type
    node.domain = domain
    node.name = "\(type)_\(outputs.first ?? "")"
    node.input = inputs
    node.output = outputs
    node.attribute = try attributes.sorted { $0.key < $1.key }.map { try Onnx_AttributeProto($1, name: $0) }
    return node
  }

  static func graph(
    inputs: [Onnx_ValueInfoProto], outputs: [Onnx_ValueInfoProto], weights: [String: Tensor] = [:],
    nodes: [Onnx_NodeProto]
  ) -> Onnx_GraphProto {
    var graph = Onnx_GraphProto()
    graph.name = "small"
    graph.input = inputs
    graph.output = outputs
    graph.initializer = weights.sorted { $0.key < $1.key }.map { Onnx_TensorProto($1, name: $0) }
    graph.node = nodes
    return graph
  }

  static func file(
    _ graph: Onnx_GraphProto, opset: Int = 17, irVersion: Int64 = 8, domains: [String] = []
  ) -> Onnx_ModelProto {
    var model = Onnx_ModelProto()
    model.irVersion = irVersion
    model.graph = graph
    model.opsetImport = ([""] + domains).map { domain in
      var set = Onnx_OperatorSetIdProto()
      set.domain = domain
      set.version = domain.isEmpty ? Int64(opset) : 1
      return set
    }
    return model
  }

  /// A convolution, a normalisation, a Relu, a mean over positions and a dense layer.
  static func classifier() throws -> Graph {
    func numbers(_ shape: Shape, _ scale: Float = 0.1) -> Tensor {
      Tensor((0..<shape.count).map { Float(($0 * 7) % 11 - 5) * scale }, shape: shape)
    }
    let file = try file(
      graph(
        inputs: [input("image", ["batch", 3, 6, 6])], outputs: [input("logits", ["batch", 2])],
        weights: [
          "conv.weight": numbers([4, 3, 3, 3]), "bn.scale": numbers([4], 1), "bn.shift": numbers([4]),
          "bn.mean": numbers([4]), "bn.variance": Tensor([1, 2, 3, 4] as [Float]), "fc.weight": numbers([2, 4]),
          "fc.bias": numbers([2]),
        ],
        nodes: [
          node(
            "Conv", ["image", "conv.weight"], ["a"], ["pads": .ints([1, 1, 1, 1]), "kernel_shape": .ints([3, 3])]),
          node("BatchNormalization", ["a", "bn.scale", "bn.shift", "bn.mean", "bn.variance"], ["b"]),
          node("Relu", ["b"], ["c"]), node("GlobalAveragePool", ["c"], ["d"]),
          node("Constant", [], ["shape"], ["value_ints": .ints([-1, 4])]), node("Reshape", ["d", "shape"], ["e"]),
          node("Gemm", ["e", "fc.weight", "fc.bias"], ["logits"], ["transB": .int(1)]),
        ]))
    return try Model(onnx: file.serializedBytes()).graph
  }
}
