import Foundation
import Graphs
import Tensors

extension Onnx_TensorProto {
  /// A tensor under a name, its elements as raw bytes.
  init(_ tensor: Tensor, name: String) {
    self.init()
    self.name = name
    dims = tensor.shape.dimensions.map { Int64($0) }
    dataType = tensor.dataType.onnx
    rawData = tensor.withUnsafeBytes { Data($0) }
  }
}

extension Onnx_AttributeProto {
  /// An attribute in neutral form under a name.
  /// - Throws: `PareError.badInput` for bytes that are no attribute.
  init(_ value: AttributeValue, name: String) throws {
    self.init()
    switch value {
    case .int(let value): (type, i) = (.int, Int64(value))
    case .float(let value): (type, f) = (.float, value)
    case .string(let value): (type, s) = (.string, Data(value.utf8))
    case .tensor(let value): (type, t) = (.tensor, Onnx_TensorProto(value, name: ""))
    case .ints(let values): (type, ints) = (.ints, values.map { Int64($0) })
    case .floats(let values): (type, floats) = (.floats, values)
    case .strings(let values): (type, strings) = (.strings, values.map { Data($0.utf8) })
    case .opaque(let bytes):
      guard let attribute = try? Onnx_AttributeProto(serializedBytes: bytes) else {
        throw PareError(.badInput, "the attribute \"\(name)\" is damaged")
      }
      self = attribute
    }
    self.name = name
  }
}

extension Onnx_ValueInfoProto {
  /// A port's declaration; the batch is called `batch`, multiples of it `batch_x4`.
  init(_ port: GraphPort) {
    self.init()
    name = port.name
    type.tensorType.elemType = port.type.dataType.onnx
    guard let shape = port.type.shape else { return }
    type.tensorType.shape = Onnx_TensorShapeProto()
    type.tensorType.shape.dim = shape.dimensions.map { dimension in
      var extent = Onnx_TensorShapeProto.Dimension()
      switch dimension {
      case .fixed(let size): extent.dimValue = Int64(size)
      case .batch(1): extent.dimParam = "batch"
      case .batch(let multiple): extent.dimParam = "batch_x\(multiple)"
      }
      return extent
    }
  }

  /// Whether this declaration still holds for a port: the same extents wherever both tell them.
  func holds(for port: GraphPort) -> Bool {
    guard case .tensorType(let declared)? = type.value, let dataType = DataType(onnx: declared.elemType),
      dataType == port.type.dataType || dataType.widened == port.type.dataType
    else { return false }
    guard declared.hasShape, let shape = port.type.shape else { return true }
    guard declared.shape.dim.count == shape.rank else { return false }
    return zip(declared.shape.dim, shape.dimensions).allSatisfy { extent, dimension in
      guard case .dimValue(let value)? = extent.value else { return true }
      switch dimension {
      case .fixed(let size): return Int64(size) == value
      // A file made for a batch of 1 is run at any batch here, and stays one for a batch of 1.
      case .batch(let multiple): return Int64(multiple) == value
      }
    }
  }
}

extension Onnx_GraphProto {
  /// Every name that the graph or a subgraph of it uses.
  var allNames: Set<String> {
    var names = Set(input.map(\.name) + output.map(\.name) + initializer.map(\.name))
    names.formUnion(sparseInitializer.map(\.values.name))
    for node in node {
      names.formUnion(node.input)
      names.formUnion(node.output)
      names.formUnion(node.namesOfSubgraphs)
    }
    return names
  }
}

extension Onnx_NodeProto {
  /// Every name that the node's subgraphs use.
  var namesOfSubgraphs: Set<String> {
    var names = Set<String>()
    for attribute in attribute {
      if attribute.hasG { names.formUnion(attribute.g.allNames) }
      for graph in attribute.graphs { names.formUnion(graph.allNames) }
    }
    return names
  }
}
