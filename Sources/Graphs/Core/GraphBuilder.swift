import OrderedCollections
import Tensors

/// A value of a graph under construction.
public struct Value: Hashable, Sendable {
  /// The value's name in the graph.
  public let name: String

  /// Refers to a value by name.
  public init(_ name: String) { self.name = name }
}

/// Builds a graph node by node, with types checked at each step.
///
/// Operators add their own methods (`relu`, `convolution`), each in its own file, so that a network reads like the
/// figure in its paper. Names are made unique; `scope` prefixes them.
public final class GraphBuilder {
  /// The graph so far.
  public private(set) var graph: Graph
  /// What is known of every value so far.
  public private(set) var facts: [String: InputFact] = [:]
  private var names: Set<String> = []
  private var counters: [String: Int] = [:]
  private var scopes: [String] = []

  /// Starts an empty graph.
  public init(name: String = "network") { graph = Graph(name: name) }

  /// Goes on building on an existing graph.
  /// - Throws: what shape inference throws for it.
  public init(extending graph: Graph) throws {
    self.graph = graph
    facts = try graph.facts()
    names = graph.allNames()
  }

  /// Calls `body` with names prefixed by `name` and a dot.
  public func scope<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    scopes.append(name)
    defer { scopes.removeLast() }
    return try body()
  }

  /// Declares an input.
  public func input(_ name: String, _ dataType: DataType = .float32, shape: ValueShape) -> Value {
    names.insert(name)
    let type = ValueType(dataType, shape)
    graph.inputs.append(GraphPort(name, type))
    facts[name] = InputFact(type)
    return Value(name)
  }

  /// Declares an image input: batch x channels x height x width.
  public func imageInput(_ name: String = "input", channels: Int, height: Int, width: Int) -> Value {
    input(name, shape: [.batch, .fixed(channels), .fixed(height), .fixed(width)])
  }

  /// Adds a parameter under a fresh name made from `name` and the current scope.
  public func parameter(_ name: String, _ tensor: Tensor) -> Value {
    store(tensor, as: uniqueName(scoped(name)))
  }

  /// Adds weights under a fresh name made from `name` and the current scope, drawn for that name: layers of one shape
  /// start differently.
  public func weights(_ name: String, _ shape: Shape, from initializer: any WeightInitializer) -> Value {
    let unique = uniqueName(scoped(name))
    return store(initializer.weights(shape, name: unique), as: unique)
  }

  /// Adds a scalar float32 constant.
  public func scalar(_ value: Float, name: String = "constant") -> Value { parameter(name, Tensor(scalar: value)) }

  /// Adds a node with any number of inputs and outputs and returns its outputs.
  /// - Throws: what the operator's shape rule throws, with the node named.
  @discardableResult
  public func add(_ op: any Operator, _ inputs: [Value?], name: String? = nil, outputs: [String]? = nil) throws
    -> [Value]
  {
    try add(op, inputs, nodeName: uniqueName(scoped(name ?? op.kind.lowercased())), outputs: outputs)
  }

  private func add(_ op: any Operator, _ inputs: [Value?], nodeName: String, outputs: [String]?) throws -> [Value] {
    let inputFacts = inputs.map { value in value.flatMap { facts[$0.name] } }
    for (value, fact) in zip(inputs, inputFacts) {
      precondition(value == nil || fact != nil, "value \(value!.name) is not in this graph")
    }
    do {
      let types = try op.outputTypes(for: inputFacts)
      let symbolic = op.symbolicOutput(for: inputFacts)
      let outputNames =
        outputs ?? types.indices.map { uniqueName($0 == 0 ? "\(nodeName).out" : "\(nodeName).out\($0)") }
      for (index, (output, type)) in zip(outputNames, types).enumerated() where !output.isEmpty {
        names.insert(output)
        facts[output] = InputFact(type, symbolic: index == 0 ? symbolic : nil)
      }
      graph.nodes.append(Node(name: nodeName, op: op, inputs: inputs.map { $0?.name ?? "" }, outputs: outputNames))
      return outputNames.map { Value($0) }
    } catch let error as PareError {
      throw error.within("operator", op.kind).within("node", nodeName)
    }
  }

  /// Adds a node and returns its first output.
  public func add(_ op: any Operator, _ inputs: Value?..., name: String? = nil) throws -> Value {
    try add(op, inputs, name: name)[0]
  }

  /// Declares an output. The value keeps its name unless another is given, under which an Identity then passes it on.
  public func output(_ value: Value, as name: String? = nil) throws {
    var port = value
    if let name, name != value.name {
      if let producer = graph.nodes.lastIndex(where: { $0.outputs.contains(value.name) }), !names.contains(name),
        !graph.isOutput(value.name)
      {
        rename(value.name, to: name, producer: producer)
        port = Value(name)
      } else {
        port = try add(Identity(), [value], outputs: [name])[0]
      }
    }
    graph.outputs.append(GraphPort(port.name, facts[port.name]!.type))
  }

  /// The type of a value.
  public func type(of value: Value) -> ValueType { facts[value.name]!.type }

  /// The shape of a value.
  /// - Throws: `PareError.unsupported` where it is unknown.
  public func shape(of value: Value) throws -> ValueShape { try facts[value.name]!.knownShape() }

  /// The extent of an axis that does not depend on the batch.
  /// - Throws: `PareError.badInput` where the axis is missing or depends on the batch.
  public func extent(of value: Value, axis: Int) throws -> Int {
    let shape = try shape(of: value)
    guard axis < shape.rank, let extent = shape[axis].fixedExtent else {
      throw PareError(.badInput, "axis \(axis) of \(value.name) (\(shape)) has no fixed extent")
    }
    return extent
  }

  /// Finishes: the graph, checked.
  /// - Throws: `PareError.badInput` where it is not well formed.
  public func build() throws -> Graph {
    try graph.validate()
    return graph
  }

  func add(_ op: any Operator, _ inputs: [Value?], adoptedName: String, outputs: [String]) throws {
    names.insert(adoptedName)
    _ = try add(op, inputs, nodeName: adoptedName, outputs: outputs)
  }

  func record(name: String, fact: InputFact, _ change: (inout Graph) -> Void) {
    names.insert(name)
    facts[name] = fact
    change(&graph)
  }

  func edit(_ change: (inout Graph) -> Void) { change(&graph) }

  private func rename(_ old: String, to new: String, producer: Int) {
    names.insert(new)
    facts[new] = facts.removeValue(forKey: old)
    for index in producer..<graph.nodes.count {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == old ? new : $0 }
      graph.nodes[index].outputs = graph.nodes[index].outputs.map { $0 == old ? new : $0 }
    }
  }

  private func store(_ tensor: Tensor, as name: String) -> Value {
    graph.parameters[name] = .dense(tensor)
    facts[name] = InputFact(ValueType(tensor.dataType, ValueShape(tensor.shape)), constant: tensor)
    return Value(name)
  }

  private func scoped(_ name: String) -> String { (scopes + [name]).joined(separator: ".") }

  private func uniqueName(_ stem: String) -> String {
    var candidate = stem
    while names.contains(candidate) {
      counters[stem, default: 0] += 1
      candidate = "\(stem)_\(counters[stem]!)"
    }
    names.insert(candidate)
    return candidate
  }
}
