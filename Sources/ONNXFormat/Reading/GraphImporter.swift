import Graphs
import OrderedCollections
import SwiftProtobuf
import Tensors

/// Turns one file's nodes into a graph: each through its operator, with what is known of its inputs worked out on the
/// way, so that shape arithmetic folds into constants.
struct GraphImporter {
  /// The file's graph.
  let proto: Onnx_GraphProto
  /// The version of the standard operator set.
  let opset: Int
  /// The versions of other domains' operator sets.
  let domains: [String: Int]
  /// How inputs and numbers are read.
  let ports: InputPorts
  /// The file's dense weights by name, as stored.
  let stored: OrderedDictionary<String, Tensor>
  /// The names of tensors that no operator of Pare can read (texts, sparse and sub-byte ones).
  let carried: Set<String>
  /// Reads the tensors of attributes.
  let tensors: TensorReading

  /// The graph so far.
  var graph = Graph()
  /// What is known of every value so far.
  var facts: [String: InputFact] = [:]
  /// Values that are the same as another one, which their readers read instead.
  var aliases: [String: String] = [:]
  /// How many nodes of the file read each value.
  var readerCounts: [String: Int] = [:]
  /// Whether a node became opaque.
  var hasOpaqueNodes = false
  /// Whether a value (not merely a weight) of another float type is computed in float32.
  var widenedValues = false

  private var names: Set<String> = []
  private var nodeNames: Set<String> = []
  private var outputNames: Set<String> = []
  private var declaredTypes: [String: Onnx_TypeProto] = [:]

  init(
    proto: Onnx_GraphProto, opset: Int, domains: [String: Int], ports: InputPorts,
    stored: OrderedDictionary<String, Tensor>, carried: Set<String>, tensors: TensorReading
  ) {
    self.proto = proto
    self.opset = opset
    self.domains = domains
    self.ports = ports
    self.stored = stored
    self.carried = carried
    self.tensors = tensors
  }

  /// The graph.
  /// - Throws: `PareError.badInput` for a damaged file, with node and operator named.
  mutating func imported(nodes: [Onnx_NodeProto]) throws -> Graph {
    graph.name = proto.name.isEmpty ? "network" : proto.name
    outputNames = Set(proto.output.map(\.name))
    for value in proto.valueInfo + proto.output { declaredTypes[value.name] = value.type }
    for node in nodes {
      for input in Set(node.input + node.capturedNames) { readerCounts[input, default: 0] += 1 }
    }
    try addInputs()
    for (name, tensor) in stored { try addParameter(name, parameter(for: tensor)) }
    for (index, node) in nodes.enumerated() { try add(node, at: index) }
    try addOutputs()
    restoreOutputNames()
    removeDeadNodes()
    return graph
  }

  private mutating func addInputs() throws {
    for input in proto.input where stored[input.name] == nil && !carried.contains(input.name) {
      guard names.insert(input.name).inserted else {
        throw PareError(.badInput, "the input \"\(input.name)\" is declared twice; the file is damaged")
      }
      let port = try ports.port(for: input)
      if DataType(onnx: input.type.tensorType.elemType) != port.type.dataType { widenedValues = true }
      graph.inputs.append(port)
      facts[port.name] = InputFact(port.type)
    }
  }

  private func parameter(for tensor: Tensor) throws -> Parameter {
    guard ports.widensFloats else { return .dense(tensor) }
    switch tensor.dataType {
    case .float16, .bfloat16: return .coded(try CodedTensor(halfPrecision: tensor))
    case .float64: return .dense(tensor.cast(to: .float32))
    default: return .dense(tensor)
    }
  }

  /// Adds a constant or weight.
  mutating func addParameter(_ name: String, _ parameter: Parameter) throws {
    guard names.insert(name).inserted else {
      throw PareError(.badInput, "the name \"\(name)\" is used twice; the file is damaged", context: ["tensor": name])
    }
    graph.parameters[name] = parameter
    let constant = (parameter.shape.checkedCount ?? .max) <= 4096 ? parameter.tensor : nil
    facts[name] = InputFact(ValueType(parameter.dataType, ValueShape(parameter.shape)), constant: constant)
  }

  private mutating func add(_ node: Onnx_NodeProto, at index: Int) throws {
    let name = uniqueName(of: node, index)
    if node.domain.isStandardDomain {
      if node.opType == "Constant", try addConstant(node) { return }
      if let type = OperatorList.operatorType(for: node.opType) {
        do {
          guard let reason = try addKnown(node, type, name: name) else { return }
          return try addOpaque(node, name: name, reason: reason)
        } catch let error as PareError {
          throw error.within("operator", node.opType).within("node", name)
        }
      }
      return try addOpaque(node, name: name, reason: "Pare does not know it")
    }
    try addOpaque(node, name: name, reason: "Pare does not know its domain")
  }

  /// The node's name, made unique; nodes without one are called after their first output.
  private mutating func uniqueName(of node: Onnx_NodeProto, _ index: Int) -> String {
    if !node.name.isEmpty, nodeNames.insert(node.name).inserted { return node.name }
    let output = node.output.first { !$0.isEmpty }
    var name = output ?? "\(node.opType)_\(index)"
    while !nodeNames.insert(name).inserted { name += "_" }
    return name
  }

  /// Adds the outputs' names as values; the order of nodes has already shown that they are unique.
  mutating func claim(_ outputs: [String]) { names.formUnion(outputs) }

  /// A name made from a stem that nothing in the file has.
  mutating func freshName(_ stem: String) -> String {
    var name = stem
    while names.contains(name) || nodeNames.contains(name) || readerCounts[name] != nil || isOutput(name) {
      name += "_"
    }
    names.insert(name)
    nodeNames.insert(name)
    return name
  }

  /// Whether a value is an output of the network.
  func isOutput(_ name: String) -> Bool { outputNames.contains(name) }

  /// The type that the file declares for a value, as far as Pare can express it.
  func declaredType(of name: String) -> ValueType? {
    guard case .tensorType(let type)? = declaredTypes[name]?.value, let dataType = DataType(onnx: type.elemType) else {
      return nil
    }
    let widened = ports.widensFloats ? dataType.widened : dataType
    guard type.hasShape else { return ValueType(widened, nil) }
    var dimensions: [Dimension] = []
    for (axis, extent) in type.shape.dim.enumerated() {
      if case .dimValue(let value)? = extent.value, value >= 0, value <= 1 << 32 {
        dimensions.append(.fixed(Int(value)))
      } else if axis == 0, !extent.dimParam.isEmpty, extent.dimParam == batchName {
        dimensions.append(.batch)
      } else {
        return ValueType(widened, nil)
      }
    }
    return ValueType(widened, ValueShape(dimensions))
  }

  /// What the file calls the batch: the name of the first input's first axis.
  private var batchName: String {
    proto.input.first { stored[$0.name] == nil }?.type.tensorType.shape.dim.first?.dimParam ?? ""
  }

  private mutating func addOutputs() throws {
    for output in proto.output {
      let name = aliases[output.name] ?? output.name
      guard let fact = facts[name] else {
        throw PareError(.badInput, "the output \"\(output.name)\" is not made by any node; the file is damaged")
      }
      // Behind an unknown operator the declaration knows more than the shape rules.
      let type = fact.type.shape == nil ? declaredType(of: output.name) ?? fact.type : fact.type
      graph.outputs.append(GraphPort(output.name, type))
    }
  }
}

extension String {
  /// Whether this names ONNX's own operators.
  var isStandardDomain: Bool { isEmpty || self == "ai.onnx" }
}
