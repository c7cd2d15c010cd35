import Graphs
import SwiftProtobuf
import Tensors

extension GraphImporter {
  /// A value's name, or that of the value it is the same as.
  private func resolved(_ name: String) -> String { aliases[name] ?? name }

  /// Makes a parameter of a Constant node; false where its value is no tensor of numbers.
  mutating func addConstant(_ node: Onnx_NodeProto) throws -> Bool {
    guard node.output.count == 1, let attribute = node.attribute.first, node.attribute.count == 1 else { return false }
    let tensor: Tensor
    switch (attribute.name, try attribute.value(reading: tensors)) {
    case ("value", .tensor(let value)): tensor = value
    case ("value_float", .float(let value)): tensor = Tensor(scalar: value)
    case ("value_int", .int(let value)): tensor = Tensor(scalar: Int64(value))
    case ("value_floats", .floats(let values)): tensor = Tensor(values)
    case ("value_ints", .ints(let values)): tensor = Tensor(values.map { Int64($0) })
    default: return false
    }
    let isWidened = ports.widensFloats && tensor.dataType.isFloat
    try addParameter(node.output[0], .dense(isWidened ? tensor.cast(to: .float32) : tensor))
    if isWidened, tensor.dataType != .float32 { widenedValues = true }
    return true
  }

  /// Adds a node whose operator Pare knows, or what it folds to.
  /// - Returns: nil, or why Pare does not run this form of the operator; nothing is added then.
  /// - Throws: `PareError.badInput` where attributes or shapes do not fit.
  mutating func addKnown(_ node: Onnx_NodeProto, _ type: any ONNXOperator.Type, name: String) throws -> String? {
    if let strange = node.input.first(where: { carried.contains($0) }) {
      return "its input \"\(strange)\" is of an element type that Pare does not compute with"
    }
    guard !node.output.isEmpty else { return "it has no output" }
    let inputs = ports.loosensBatch ? try batched(node.input.map(resolved), of: node) : node.input.map(resolved)
    let facts = inputs.map { $0.isEmpty ? nil : self.facts[$0] }
    for position in 0..<RequiredInputs.count(of: node.opType) where !type.attributeInputs.contains(position) {
      guard position < inputs.count, !inputs[position].isEmpty else {
        throw PareError(.badInput, "input \(position) is missing; the file is damaged")
      }
    }
    do {
      let op = try type.init(record: try record(of: node, name: name, facts: facts))
      var kept = inputs.enumerated().filter { !type.attributeInputs.contains($0.offset) }.map(\.element)
      while kept.last?.isEmpty == true { kept.removeLast() }
      let keptFacts = kept.map { $0.isEmpty ? nil : self.facts[$0] }
      let types = try op.outputTypes(for: keptFacts)
      for type in types { try checkExtent(type) }
      if let extra = node.output.dropFirst(types.count).first(where: { !$0.isEmpty }) {
        return "Pare does not make its output \"\(extra)\""
      }
      let made = Node(name: name, op: op, inputs: kept, outputs: Array(node.output.prefix(types.count)))
      try add(made, facts: keptFacts, types: types)
      return nil
    } catch let error as PareError {
      // Behind an unknown operator types are guesses, so that a contradiction is no proof of damage.
      let isGuess = facts.contains { $0 != nil && $0?.type.shape == nil }
      if error.code == .unsupported { return error.message }
      if isGuess { return "what comes in is not known to fit: \(error.message)" }
      throw error
    }
  }

  /// Refuses shapes whose number of elements, or bytes, would not fit into an integer with room for sums.
  private func checkExtent(_ type: ValueType) throws {
    guard let shape = type.shape else { return }
    let count = shape.bound(toBatch: 1).checkedCount
    guard count.map({ $0 <= Self.largestValue }) ?? false else {
      throw PareError(.badInput, "a value of shape \(shape) is too large for any machine; the file is damaged")
    }
  }

  /// The most elements that a value may have for one sample: 2^42, which as floats are 16 TiB.
  private static let largestValue = 1 << 42

  private mutating func record(of node: Onnx_NodeProto, name: String, facts: [InputFact?]) throws -> NodeRecord {
    var attributes: [String: AttributeValue] = [:]
    for attribute in node.attribute
    where attributes.updateValue(
      try attribute.value(reading: tensors), forKey: attribute.name) != nil
    {
      throw PareError(.badInput, "the attribute \"\(attribute.name)\" is given twice; the file is damaged")
    }
    if ports.widensFloats { widen(&attributes, of: node.opType) }
    var record = NodeRecord(
      type: node.opType, name: name, opset: opset, attributes: attributes, inputs: facts,
      outputCount: node.output.count)
    if ports.loosensBatch { record.loosenTarget() }
    return record
  }

  /// Numbers of other float types become float32.
  private mutating func widen(_ attributes: inout [String: AttributeValue], of type: String) {
    for (name, value) in attributes {
      switch value {
      case .tensor(let tensor) where tensor.dataType.isFloat && tensor.dataType != .float32:
        attributes[name] = .tensor(tensor.cast(to: .float32))
        widenedValues = true
      case .int(let number) where name == "to" || name == "dtype":
        guard let given = Int32(exactly: number), let dataType = DataType(onnx: given), dataType != dataType.widened
        else { continue }
        attributes[name] = .int(Int(dataType.widened.onnx))
        widenedValues = true
      default: continue
      }
    }
  }

  /// Adds a node, or the constants that it comes to.
  private mutating func add(_ node: Node, facts inputFacts: [InputFact?], types: [ValueType]) throws {
    claim(node.outputs)
    if let source = unchangedSource(of: node, facts: inputFacts, types: types) {
      aliases[node.outputs[0]] = source
      return
    }
    if try fold(node, types: types) { return }
    let symbolic = node.op.symbolicOutput(for: inputFacts)
    if let symbolic, let tensor = Self.integerTensor(symbolic, types[0]), !isOutput(node.outputs[0]) {
      return setConstant(node.outputs[0], .dense(tensor))
    }
    for (index, (output, type)) in zip(node.outputs, types).enumerated() where !output.isEmpty {
      facts[output] = InputFact(
        type, constant: dequantizedNumbers(node, type), symbolic: index == 0 ? symbolic : nil)
    }
    graph.nodes.append(node)
  }

  /// The few numbers that a node dequantizes from constants: an operator may take them as its attributes (the constant
  /// of a Pad), while the node stays for everybody else.
  private func dequantizedNumbers(_ node: Node, _ type: ValueType) -> Tensor? {
    let inputs = node.inputs.filter { !$0.isEmpty }.compactMap { graph.parameters[$0]?.tensor }
    guard node.op is DequantizeLinear, inputs.count == node.inputs.count(where: { !$0.isEmpty }),
      (type.shape?.fixedShape?.checkedCount).map({ $0 <= 16 }) ?? false
    else { return nil }
    return try? node.op.evaluate(inputs, in: EvaluationContext(batch: 1))[0]
  }

  /// The value that a Cast to the type it has already leaves as it is.
  private func unchangedSource(of node: Node, facts: [InputFact?], types: [ValueType]) -> String? {
    guard node.op.kind == "Cast", let source = node.inputs.first, !source.isEmpty, let fact = facts[0],
      fact.type == types[0], node.outputs.count == 1, graph.parameters[source] == nil
    else { return nil }
    let isPort = graph.inputs.contains { $0.name == source } || isOutput(source)
    return isOutput(node.outputs[0]) && isPort ? nil : source
  }

  private static func integerTensor(_ elements: [Dimension], _ type: ValueType) -> Tensor? {
    guard !type.dataType.isFloat, let shape = type.shape?.fixedShape, shape.checkedCount == elements.count else {
      return nil
    }
    let integers = elements.compactMap(\.fixedExtent)
    guard integers.count == elements.count else { return nil }
    return Tensor(integers.map { Int64($0) }, shape: shape).cast(to: type.dataType)
  }

  /// Evaluates a node of which all inputs are constants, and puts the results in its place. Large weights that several
  /// nodes read stay shared, and quantized weights stay quantized.
  private mutating func fold(_ node: Node, types: [ValueType]) throws -> Bool {
    let parameters = node.inputs.filter { !$0.isEmpty }.compactMap { graph.parameters[$0] }
    guard parameters.count == node.inputs.filter({ !$0.isEmpty }).count,
      !Self.unfoldable.contains(node.op.kind), !node.outputs.contains(where: isOutput)
    else { return false }
    if parameters.count == 1, ["Identity", "Cast"].contains(node.op.kind), types[0].dataType == parameters[0].dataType {
      setConstant(node.outputs[0], parameters[0])
      return true
    }
    if node.op.kind == "Cast", types[0].dataType == .float32, case .dense(let tensor)? = parameters.first,
      let coded = try? CodedTensor(halfPrecision: tensor)
    {
      setConstant(node.outputs[0], .coded(coded))
      return true
    }
    let inputCount = parameters.reduce(0) { $0 + $1.shape.count }
    let limit = min(max(inputCount, 4096), 1 << 24)
    let isShared = node.inputs.contains {
      (readerCounts[$0] ?? 0) > 1 && (graph.parameters[$0]?.shape.count ?? 0) > 4096
    }
    guard !isShared,
      types.allSatisfy({ ($0.shape?.fixedShape?.checkedCount).map { $0 <= limit } ?? false })
    else { return false }
    let inputs = node.inputs.map { $0.isEmpty ? nil : graph.parameters[$0]?.tensor }
    let outputs = try node.op.evaluate(inputs, in: EvaluationContext(batch: 1))
    for (output, tensor) in zip(node.outputs, outputs) where !output.isEmpty { setConstant(output, .dense(tensor)) }
    return true
  }

  private static let unfoldable: Set = [
    "QuantizeLinear", "DequantizeLinear", "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike",
    "Bernoulli", "Multinomial",
  ]

  private mutating func setConstant(_ name: String, _ parameter: Parameter) {
    graph.parameters[name] = parameter
    let constant = parameter.shape.count <= 4096 ? parameter.tensor : nil
    facts[name] = InputFact(ValueType(parameter.dataType, ValueShape(parameter.shape)), constant: constant)
  }

  /// Adds a node as it stands in the file.
  mutating func addOpaque(_ node: Onnx_NodeProto, name: String, reason: String) throws {
    hasOpaqueNodes = true
    let explicit = node.input.map { carried.contains($0) ? "" : $0 }
    let captured = node.capturedNames.filter { facts[resolved($0)] != nil && !explicit.contains($0) }
    let inputNames = explicit + captured
    // What the file does not tell is taken for floats like those that come in.
    let incoming = explicit.compactMap { facts[resolved($0)]?.type.dataType }.first { $0.isFloat }
    let types = node.output.map { declaredType(of: $0) ?? ValueType(incoming ?? .float32, nil) }
    let op = OpaqueOperator(
      type: node.opType, domain: node.domain.isStandardDomain ? "" : node.domain,
      opset: node.domain.isStandardDomain ? opset : domains[node.domain] ?? 1, reason: reason,
      node: try node.serializedBytes(), inputNames: inputNames, outputs: types)
    for (output, type) in zip(node.output, types) where !output.isEmpty { facts[output] = InputFact(type) }
    claim(node.output)
    graph.nodes.append(Node(name: name, op: op, inputs: inputNames.map(resolved), outputs: node.output))
  }
}
