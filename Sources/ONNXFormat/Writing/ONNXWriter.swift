import Foundation
import Graphs
import SwiftProtobuf
import Tensors

/// Writes networks in the ONNX format: operator set 17 and IR version 8, raised only where an operator needs it or an
/// unknown operator came from a newer set.
///
/// Names, order, types and shapes of inputs and outputs stay as the origin declared them. Constants that operators hold
/// as attributes become short-named initializers, each value once. 16-bit weights (`CodedTensor`) are stored in 16 bits
/// and followed by a Cast to float32; inputs and outputs that the origin declared in 16 or 64 bits get a Cast likewise.
/// The same model gives the same bytes.
struct ONNXWriter {
  let model: Model
  private let carried: Onnx_ModelProto
  private let opset: Int
  var result: Onnx_GraphProto
  private var taken: Set<String>
  private var constants: [ConstantKey: String] = [:]
  private var renamed: [String: String] = [:]
  /// The names of shapes that the file computes.
  var shapes: [ValueShape: String] = [:]

  private struct ConstantKey: Hashable {
    var type: DataType
    var shape: Shape
    var bytes: Data
  }

  /// Prepares to write a model.
  /// - Throws: `PareError.unsupported` where a node exists only in training programs, or cannot be written unharmed.
  init(_ model: Model) throws {
    let model = try model.withoutTrainingNodes()
    self.model = model
    carried = (try? Onnx_ModelProto(serializedBytes: model.carryOver)) ?? Onnx_ModelProto()
    let needed = model.graph.nodes.map { OpsetForms.firstVersion(of: $0, in: model.graph) }
    let opaque = model.graph.nodes.compactMap { $0.op as? OpaqueOperator }
    let origins = opaque.filter(\.domain.isEmpty).map(\.opset) + (carried.functions.isEmpty ? [] : [model.opset])
    opset = max(OpsetForms.usual, (needed + origins).max() ?? 0)
    result = carried.graph
    taken = model.graph.allNames().union(carried.graph.allNames).union(model.graph.outputs.map(\.name))
    for op in opaque {
      let node = try Onnx_NodeProto(serializedBytes: op.node)
      taken.formUnion(node.namesOfSubgraphs)
      if op.domain.isEmpty { try OpsetForms.check(node, from: op.opset, to: opset) }
    }
  }

  /// The whole file, weights inside.
  /// - Throws: `PareError.unsupported` where a node exists only in training programs.
  mutating func proto() throws -> Onnx_ModelProto {
    result.name = model.graph.name
    result.input = model.graph.inputs.map { declaration(of: $0, among: carried.graph.input) }
    result.output = model.graph.outputs.map { declaration(of: $0, among: carried.graph.output) }
    addInputCasts()
    renameOutputs()
    addParameters()
    for node in model.graph.nodes { try add(node) }
    addOutputCasts()
    let names = taken
    result.quantizationAnnotation.removeAll { !names.contains($0.tensorName) }

    var file = carried
    file.graph = result
    file.producerName = "pare"
    if !model.documentation.isEmpty { file.docString = model.documentation }
    file.metadataProps = model.metadata.sorted { $0.key < $1.key }.map { key, value in
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = (key, value)
      return entry
    }
    file.opsetImport = opsetImports
    let needsOrigin = keepsOrigin || !carried.graph.initializer.isEmpty
    file.irVersion = max(OpsetForms.irVersion(forOpset: opset), needsOrigin ? carried.irVersion : 0)
    return file
  }

  /// Whether parts of the origin are written as they stood.
  private var keepsOrigin: Bool { !carried.functions.isEmpty || model.graph.nodes.contains { $0.op is OpaqueOperator } }

  private var opsetImports: [Onnx_OperatorSetIdProto] {
    var standard = Onnx_OperatorSetIdProto()
    (standard.domain, standard.version) = ("", Int64(opset))
    return [standard] + (keepsOrigin ? carried.opsetImport.filter { !$0.domain.isStandardDomain } : [])
  }

  private func declaration(of port: GraphPort, among declared: [Onnx_ValueInfoProto]) -> Onnx_ValueInfoProto {
    declared.first { $0.name == port.name && $0.holds(for: port) } ?? Onnx_ValueInfoProto(port)
  }

  // MARK: Names

  /// A name that nothing in the file has yet.
  mutating func freshName(_ stem: String) -> String { taken.insertFresh(stem) }

  /// The name under which a constant stands in the file; equal constants share one.
  mutating func constantName(_ tensor: Tensor) -> String {
    let key = ConstantKey(type: tensor.dataType, shape: tensor.shape, bytes: tensor.withUnsafeBytes { Data($0) })
    if let name = constants[key] { return name }
    var number = constants.count
    while taken.contains("c\(number)") { number += 1 }
    let name = freshName("c\(number)")
    constants[key] = name
    result.initializer.append(Onnx_TensorProto(tensor, name: name))
    return name
  }

  private func name(_ value: String) -> String { renamed[value] ?? value }

  // MARK: Ports of other element types

  private mutating func addInputCasts() {
    for (port, declared) in zip(model.graph.inputs, result.input)
    where declared.type.tensorType.elemType != port.type.dataType.onnx {
      let inner = freshName("\(port.name)_f32")
      renamed[port.name] = inner
      result.node.append(Self.cast(port.name, to: port.type.dataType.onnx, as: inner))
    }
  }

  /// An output that is cast, or that is a constant or an input, is made under another name first.
  private mutating func renameOutputs() {
    let inputs = Set(model.graph.inputs.map(\.name))
    for (port, declared) in zip(model.graph.outputs, result.output) {
      let isCast = declared.type.tensorType.elemType != port.type.dataType.onnx && !inputs.contains(port.name)
      guard isCast || model.graph.parameters[port.name] != nil, renamed[port.name] == nil else { continue }
      renamed[port.name] = freshName(isCast ? "\(port.name)_f32" : "\(port.name)_value")
    }
  }

  private mutating func addOutputCasts() {
    let inputs = Set(model.graph.inputs.map(\.name))
    var done = Set<String>()
    for (port, declared) in zip(model.graph.outputs, result.output) where done.insert(port.name).inserted {
      guard let inner = renamed[port.name], !inputs.contains(port.name) else { continue }
      result.node.append(Self.cast(inner, to: declared.type.tensorType.elemType, as: port.name))
    }
  }

  private static func cast(_ input: String, to type: Int32, as output: String) -> Onnx_NodeProto {
    var node = Onnx_NodeProto()
    node.opType = "Cast"
    (node.input, node.output) = ([input], [output])
    var attribute = Onnx_AttributeProto()
    (attribute.name, attribute.type, attribute.i) = ("to", .int, Int64(type))
    node.attribute = [attribute]
    return node
  }

  // MARK: Weights and nodes

  private mutating func addParameters() {
    let read = Set(model.graph.nodes.flatMap(\.inputs)).union(model.graph.outputs.map(\.name))
    for (parameterName, parameter) in model.graph.parameters where read.contains(parameterName) {
      switch parameter {
      case .dense(let tensor): result.initializer.append(Onnx_TensorProto(tensor, name: name(parameterName)))
      case .coded(let coded):
        let stored = freshName("\(parameterName)_16")
        result.initializer.append(Onnx_TensorProto(coded.payload, name: stored))
        result.node.append(Self.cast(stored, to: coded.dataType.onnx, as: name(parameterName)))
      }
    }
  }

  private mutating func add(_ node: Node) throws {
    if let opaque = node.op as? OpaqueOperator { return try add(node, opaque) }
    guard let op = node.op as? any ONNXOperator else {
      throw PareError(
        .unsupported, "ONNX has no such operator; it belongs to training programs",
        context: ["node": node.name, "operator": node.op.kind])
    }
    let form = OpsetForms.form(op.form(), inOpset: opset, outputCount: node.outputs.count)
    guard form.opsets.contains(opset) else {
      throw PareError(
        .unsupported,
        "only operator sets \(form.opsets.lowerBound) to \(form.opsets.upperBound) have this form, and another operator "
          + "needs set \(opset)", context: ["node": node.name, "operator": node.op.kind])
    }
    var written = Onnx_NodeProto()
    written.opType = form.type
    // Nodes without a name of their own are called after their output when they are read.
    if node.name != node.outputs.first { written.name = node.name }
    written.input = inputs(of: node, form, Swift.type(of: op).attributeInputs)
    written.output = node.outputs.map(name)
    while written.output.last?.isEmpty == true { written.output.removeLast() }
    written.attribute = try form.attributes.sorted { $0.key < $1.key }.map { try Onnx_AttributeProto($1, name: $0) }
    result.node.append(written)
  }

  /// The node's own inputs in order, with the form's constants and shapes at their positions between them.
  private mutating func inputs(of node: Node, _ form: NodeForm, _ attributePositions: Set<Int>) -> [String] {
    var own = node.inputs[...]
    var inputs: [String] = []
    let taken = Array(form.constantInputs.keys) + form.shapeInputs.keys + form.extentInputs.keys
    let last = taken.max() ?? -1
    while !own.isEmpty || inputs.count <= last {
      if let constant = form.constantInputs[inputs.count] {
        inputs.append(constantName(constant))
      } else if let shape = form.shapeInputs[inputs.count] {
        inputs.append(shapeName(shape))
      } else if let extent = form.extentInputs[inputs.count] {
        inputs.append(extentName(extent))
      } else if attributePositions.contains(inputs.count) {
        inputs.append("")
      } else {
        inputs.append(own.popFirst().map(name) ?? "")
      }
    }
    while inputs.last?.isEmpty == true { inputs.removeLast() }
    return inputs
  }

  private mutating func add(_ node: Node, _ opaque: OpaqueOperator) throws {
    var written = try Onnx_NodeProto(serializedBytes: opaque.node)
    var names: [String: String] = [:]
    for (old, new) in zip(opaque.inputNames, node.inputs) where !old.isEmpty && old != name(new) {
      names[old] = name(new)
    }
    written.renameInputs(names)
    let outputs = node.outputs.map(name)
    if written.output != outputs { written.output = outputs }
    result.node.append(written)
  }
}

extension Model {
  /// The model without nodes that only training needs and that do nothing in a file.
  fileprivate func withoutTrainingNodes() throws -> Model {
    guard graph.nodes.contains(where: { $0.op is any TrainingIdentity }) else { return self }
    var result = self
    result.graph = try graph.applying(IdentityElimination(keepsTraining: false), DeadNodeElimination())
    return result
  }
}
