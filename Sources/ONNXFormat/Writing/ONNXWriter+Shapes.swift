import Graphs
import Tensors

extension ONNXWriter {
  /// The name under which a shape stands in the file as a list of integers: a constant, or computed where it depends on
  /// the batch and an input tells that.
  mutating func shapeName(_ shape: ValueShape) -> String {
    if let name = shapes[shape] { return name }
    guard shape.fixedShape == nil, let batch = batchName() else {
      return constantName(Tensor(shape.bound(toBatch: 1).dimensions.map { Int64($0) }))
    }
    var parts: [String] = []
    for dimension in shape.dimensions {
      switch dimension {
      case .fixed(let extent): parts.append(constantName(Tensor([Int64(extent)])))
      case .batch(1): parts.append(batch)
      case .batch(let multiple):
        parts.append(compute("Mul", [batch, constantName(Tensor([Int64(multiple)]))], as: "batch_x\(multiple)"))
      }
    }
    let name = parts.count == 1 ? parts[0] : compute("Concat", parts, ["axis": 0], as: "shape")
    shapes[shape] = name
    return name
  }

  /// The name under which one extent stands in the file as an integer.
  mutating func extentName(_ extent: Dimension) -> String {
    compute("Squeeze", [shapeName([extent]), constantName(Tensor([Int64(0)]))], as: "extent")
  }

  /// The batch size as a list of one integer, from the first input with a batch axis; nil where there is none.
  private mutating func batchName() -> String? {
    let batch: ValueShape = [.batch]
    if let name = shapes[batch] { return name }
    for port in model.graph.inputs {
      guard let axis = port.type.shape?.dimensions.firstIndex(of: .batch) else { continue }
      let extents = compute("Shape", [port.name], as: "extents")
      let name = compute("Gather", [extents, constantName(Tensor([Int64(axis)]))], as: "batch")
      shapes[batch] = name
      return name
    }
    return nil
  }

  /// Adds a node that the network does not have, and returns its output's name.
  private mutating func compute(
    _ type: String, _ inputs: [String], _ attributes: [String: Int] = [:], as stem: String
  ) -> String {
    var node = Onnx_NodeProto()
    node.opType = type
    (node.input, node.output) = (inputs, [freshName(stem)])
    node.attribute = attributes.sorted { $0.key < $1.key }.map { name, value in
      var attribute = Onnx_AttributeProto()
      (attribute.name, attribute.type, attribute.i) = (name, .int, Int64(value))
      return attribute
    }
    result.node.append(node)
    return node.output[0]
  }
}
