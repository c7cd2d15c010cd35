import Graphs
import Tensors

/// Makes one operation on integers of every DequantizeLinear - operator - (activation) - QuantizeLinear for which the
/// operator has a form on integers (`IntegerForm`), so that between the first quantization and the last dequantization
/// nothing is computed in floats.
///
/// - Operators that only move values (`ValueMoving`) run on the integers whether or not a quantization follows, so that a
///   dequantization sinks to the first operator that computes.
/// - A function of one value (`Pointwise` operators with constants) becomes a table of 256 entries, and so does a change
///   of scale.
/// - What has no form on integers stays as it is and runs in float32, rounded in the same places.
struct IntegerLowering: GraphPass {
  func apply(to graph: Graph) throws -> Graph {
    guard graph.nodes.contains(where: { $0.op is DequantizeLinear || $0.op is QuantizeLinear }) else { return graph }
    var lowering = try Lowering(graph)
    for node in graph.nodes { try lowering.add(node) }
    return lowering.finished()
  }
}

/// One run of the pass.
private struct Lowering {
  private let graph: Graph
  private let facts: [String: InputFact]
  private let producers: [String: Int]
  private let consumers: [String: [Int]]
  private var writer: IntegerWriter
  /// Values that are dequantized integers.
  private var dequantized: [String: Dequantized] = [:]
  /// Those of them that exist as numbers as well.
  private var made = Set<String>()
  /// Integers that are the same as others.
  private var aliases: [String: String] = [:]

  init(_ graph: Graph) throws {
    self.graph = graph
    facts = try graph.facts()
    producers = graph.producers()
    consumers = graph.consumers()
    writer = IntegerWriter(graph)
  }

  /// The network, with numbers made of integers where only its outputs want them.
  mutating func finished() -> Graph {
    for output in graph.outputs { makeNumbers(of: output.name) }
    return writer.graph
  }

  mutating func add(_ original: Node) throws {
    var node = original
    node.inputs = node.inputs.map { aliases[$0] ?? $0 }
    if node.op is DequantizeLinear,
      let value = constantDequantization(node, type: facts[original.inputs[0]]?.type.dataType)
    {
      dequantized[node.outputs[0]] = value
    } else if let op = node.op as? QuantizeLinear {
      try quantize(node, op)
    } else if !move(node), try !computeNumbers(node) {
      keep(node)
    }
  }

  // MARK: Numbers

  /// Adds a node as it stands.
  private mutating func keep(_ node: Node) {
    for input in node.inputs { makeNumbers(of: input) }
    writer.append(node)
  }

  /// Adds the dequantization of a value that somebody reads as numbers.
  private mutating func makeNumbers(of value: String) {
    guard let source = dequantized[value], made.insert(value).inserted else { return }
    var inputs = [source.integers, source.names.scale]
    if !source.names.zeroPoint.isEmpty { inputs.append(source.names.zeroPoint) }
    writer.append(
      Node(name: source.name, op: DequantizeLinear(axis: source.axis), inputs: inputs, outputs: [value]))
  }

  private func constantDequantization(_ node: Node, type: DataType?) -> Dequantized? {
    guard let op = node.op as? DequantizeLinear, op.grid.blockSize == 0,
      let scale = writer.graph.parameters[node.inputs[1]]?.tensor, scale.dataType == .float32
    else { return nil }
    let zeroName = node.inputs.count > 2 ? node.inputs[2] : ""
    let zero = writer.graph.parameters[zeroName]?.tensor
    let constant = writer.graph.parameters[node.inputs[0]]?.tensor
    guard zeroName.isEmpty || zero != nil, let type = constant?.dataType ?? type else { return nil }
    return Dequantized(
      name: node.name, integers: node.inputs[0], dataType: type, scales: scale.floats,
      zeroPoints: zero?.integers ?? [0], axis: op.grid.axis, constant: constant, names: (node.inputs[1], zeroName))
  }

  // MARK: Moving

  /// Moves the integers in place of the numbers they stand for.
  private mutating func move(_ node: Node) -> Bool {
    // A mask or indices beside the moved values are none themselves.
    guard let op = node.op as? any ValueMoving,
      node.outputs.allSatisfy({ $0.isEmpty || facts[$0]?.type.dataType == .float32 })
    else { return false }
    let positions = node.movedPositions(of: op)
    let sources = positions.compactMap { dequantized[node.inputs[$0]] }
    guard sources.count == positions.count, let first = sources.first, let format = first.format,
      sources.allSatisfy({ $0.format == format && $0.constant == nil }),
      let moved = op.moving(format.dataType, encoding: { format.integer($0) })
    else { return false }
    var copy = node
    copy.op = moved
    for position in positions { copy.inputs[position] = dequantized[node.inputs[position]]!.integers }
    for (index, output) in node.outputs.enumerated() where !output.isEmpty {
      copy.outputs[index] = writer.fresh("\(output).integers")
      dequantized[output] = first.moved(to: copy.outputs[index])
    }
    writer.append(copy)
    return true
  }

  // MARK: Computing

  /// The node that alone reads a value, or makes it an output.
  private func isReadOnce(_ value: String) -> Bool { !graph.isOutput(value) && consumers[value]?.count == 1 }

  /// A product whose result stays in numbers, with the activation behind it.
  private mutating func computeNumbers(_ node: Node) throws -> Bool {
    if let activation = FusedActivation(node.op), isReadOnce(node.inputs[0]),
      let form = try integerNode(making: node.inputs[0], activation, output: nil)
    {
      writer.append(Node(name: node.name, op: form.op, inputs: form.inputs, outputs: node.outputs))
      return true
    }
    guard let form = try integerNode(for: node, .none, output: nil) else { return false }
    writer.append(Node(name: node.name, op: form.op, inputs: form.inputs, outputs: node.outputs))
    return true
  }

  private mutating func integerNode(
    making value: String, _ activation: FusedActivation, output: IntegerFormat?
  ) throws -> IntegerNode? {
    guard let index = producers[value] else { return nil }
    var node = graph.nodes[index]
    guard node.outputs[0] == value else { return nil }
    node.inputs = node.inputs.map { aliases[$0] ?? $0 }
    return try integerNode(for: node, activation, output: output)
  }

  private mutating func integerNode(
    for node: Node, _ activation: FusedActivation, output: IntegerFormat?
  ) throws -> IntegerNode? {
    guard let op = node.op as? any IntegerForm, output?.isOrdinary ?? true else { return nil }
    let inputs = node.inputs.map { name -> IntegerRegion.Input in
      if name.isEmpty { return .absent }
      if let value = dequantized[name] { return .dequantized(value) }
      return writer.graph.parameters[name].map { .constant($0.tensor) } ?? .numbers
    }
    let region = IntegerRegion(
      node: node, inputs: inputs, rank: node.inputs.first.flatMap { facts[$0]?.type.shape?.rank },
      activation: activation, output: output)
    return try op.integerNode(for: region, writer: &writer)
  }

  // MARK: Quantizing

  private mutating func quantize(_ node: Node, _ op: QuantizeLinear) throws {
    let value = node.inputs[0]
    let scale = writer.graph.parameters[node.inputs[1]]?.tensor
    let zeroName = node.inputs.count > 2 ? node.inputs[2] : ""
    let zero = writer.graph.parameters[zeroName]?.tensor
    guard let scale, zeroName.isEmpty || zero != nil else { return keep(node) }
    if let parameter = writer.graph.parameters[value], !graph.isOutput(node.outputs[0]) {
      let tensors = [parameter.tensor, scale, zero]
      return writer.setConstant(node.outputs[0], try op.evaluate(tensors, in: EvaluationContext(batch: 1))[0])
    }
    guard scale.count == 1, op.precision == nil, op.grid.blockSize == 0,
      let format = IntegerFormat(
        zero?.dataType ?? op.outputType, scale: scale.floats[0], zeroPoint: zero?.integers[0] ?? 0)
    else { return keep(node) }
    if dequantized[value]?.format == format, let integers = dequantized[value]?.integers {
      return alias(node, to: integers)
    }
    if let form = try form(of: value, quantizedTo: format) {
      return writer.append(Node(name: form.name, op: form.node.op, inputs: form.node.inputs, outputs: node.outputs))
    }
    keep(node)
  }

  /// Integers that exist already; an output of the network needs a node of its own.
  private mutating func alias(_ node: Node, to integers: String) {
    guard graph.isOutput(node.outputs[0]) else { return aliases[node.outputs[0]] = integers }
    writer.append(Node(name: node.name, op: Identity(), inputs: [integers], outputs: node.outputs))
  }

  /// The operation on integers that makes a value, where nobody else wants its numbers, and the name of the node that it
  /// takes the place of.
  private mutating func form(of value: String, quantizedTo format: IntegerFormat) throws -> (
    name: String, node: IntegerNode
  )? {
    if let (source, table) = try LookupTable.tabulated(value, format, graph, producers, dequantized) {
      let name = producers[value].map { graph.nodes[$0].name } ?? writer.fresh("\(source).rescaled")
      return (name, IntegerNode(op: table, inputs: [source]))
    }
    guard isReadOnce(value), let index = producers[value] else { return nil }
    let last = graph.nodes[index]
    if let activation = FusedActivation(last.op), isReadOnce(last.inputs[0]),
      let node = try integerNode(making: last.inputs[0], activation, output: format)
    {
      return (graph.nodes[producers[last.inputs[0]]!].name, node)
    }
    return try integerNode(making: value, .none, output: format).map { (last.name, $0) }
  }
}
