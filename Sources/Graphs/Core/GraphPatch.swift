import Tensors

/// Edits of a graph that are collected beside it, checked, and applied as a whole or not at all.
///
/// Edits refer to nodes and values by name and take effect in the order in which they were added.
public struct GraphPatch: Sendable {
  private enum Edit: Sendable {
    case replace(node: String, nodes: [Node])
    case remove(node: String, value: String)
    case insert(nodes: [Node], anchor: String, isAfter: Bool)
    case rewire(value: String, to: String)
    case rename(value: String, to: String)
    case setParameter(name: String, Parameter)
    case removeParameter(name: String)
  }

  private var edits: [Edit] = []

  /// Starts without edits.
  public init() {}

  /// Whether nothing is to be done.
  public var isEmpty: Bool { edits.isEmpty }

  /// Puts nodes in the place of one; together they make every value of its that is still read.
  public mutating func replaceNode(_ name: String, with nodes: [Node]) {
    edits.append(.replace(node: name, nodes: nodes))
  }

  /// Takes a node away; whatever read its first output reads `value` instead. An output of the network keeps its name.
  public mutating func removeNode(_ name: String, rewiringTo value: String) {
    edits.append(.remove(node: name, value: value))
  }

  /// Puts nodes in front of one.
  public mutating func insert(_ nodes: [Node], before name: String) {
    edits.append(.insert(nodes: nodes, anchor: name, isAfter: false))
  }

  /// Puts nodes behind one.
  public mutating func insert(_ nodes: [Node], after name: String) {
    edits.append(.insert(nodes: nodes, anchor: name, isAfter: true))
  }

  /// Lets every node that is there so far and reads `value` read another value.
  public mutating func rewire(_ value: String, to other: String) { edits.append(.rewire(value: value, to: other)) }

  /// Gives a value, parameter, input or output another name, wherever it stands.
  public mutating func renameValue(_ value: String, to name: String) { edits.append(.rename(value: value, to: name)) }

  /// Adds a parameter or replaces it.
  public mutating func setParameter(_ name: String, _ parameter: Parameter) {
    edits.append(.setParameter(name: name, parameter))
  }

  /// Takes a parameter away, which nothing may read any more. (Unused ones go by themselves.)
  public mutating func removeParameter(_ name: String) { edits.append(.removeParameter(name: name)) }

  /// The graph with all edits made, without the parameters that nothing reads any more.
  /// - Throws: `PareError.internalFault` for an edit of a node that is not there, `.badInput` where the result is not
  ///   well formed, what a shape rule throws where values do not fit any more.
  public func applied(to graph: Graph) throws -> Graph {
    var result = graph
    for edit in edits { try Self.make(edit, in: &result) }
    result.removeUnusedParameters()
    try result.validate()
    _ = try result.facts()
    return result
  }

  private static func make(_ edit: Edit, in graph: inout Graph) throws {
    switch edit {
    case .replace(let name, let nodes):
      let index = try place(of: name, in: graph)
      graph.nodes.replaceSubrange(index...index, with: nodes)
    case .remove(let name, let value):
      let index = try place(of: name, in: graph)
      let node = graph.nodes.remove(at: index)
      guard let output = node.outputs.first, output != value else { return }
      if !graph.isOutput(output) {
        rewire(output, to: value, in: &graph)
      } else if graph.nodes.contains(where: { $0.outputs.contains(value) }), !graph.isOutput(value) {
        rename(value, to: output, in: &graph)
      } else {
        graph.nodes.insert(Node(name: name, op: Identity(), inputs: [value], outputs: [output]), at: index)
      }
    case .insert(let nodes, let anchor, let isAfter):
      let index = try place(of: anchor, in: graph)
      graph.nodes.insert(contentsOf: nodes, at: isAfter ? index + 1 : index)
    case .rewire(let value, let other): rewire(value, to: other, in: &graph)
    case .rename(let value, let name): rename(value, to: name, in: &graph)
    case .setParameter(let name, let parameter): graph.parameters[name] = parameter
    case .removeParameter(let name): graph.parameters.removeValue(forKey: name)
    }
  }

  private static func place(of name: String, in graph: Graph) throws -> Int {
    guard let index = graph.nodes.firstIndex(where: { $0.name == name }) else {
      throw PareError(.internalFault, "a patch edits node \"\(name)\", which is not in the graph")
    }
    return index
  }

  private static func rewire(_ value: String, to other: String, in graph: inout Graph) {
    for index in graph.nodes.indices where graph.nodes[index].inputs.contains(value) {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == value ? other : $0 }
    }
  }

  private static func rename(_ value: String, to name: String, in graph: inout Graph) {
    rewire(value, to: name, in: &graph)
    for index in graph.nodes.indices where graph.nodes[index].outputs.contains(value) {
      graph.nodes[index].outputs = graph.nodes[index].outputs.map { $0 == value ? name : $0 }
    }
    for index in graph.inputs.indices where graph.inputs[index].name == value { graph.inputs[index].name = name }
    for index in graph.outputs.indices where graph.outputs[index].name == value { graph.outputs[index].name = name }
    if let parameter = graph.parameters.removeValue(forKey: value) { graph.parameters[name] = parameter }
  }
}

extension Graph {
  /// Takes away the parameters that no node reads and that are no outputs.
  package mutating func removeUnusedParameters() {
    var used = Set(outputs.map(\.name))
    for node in nodes { used.formUnion(node.inputs) }
    parameters.removeAll { !used.contains($0.key) }
  }
}
