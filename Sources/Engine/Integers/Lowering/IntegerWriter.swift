import Graphs
import Tensors

/// Writes the nodes of a network anew, with names that nothing has yet.
struct IntegerWriter {
  /// The network so far.
  private(set) var graph: Graph
  private var names: Set<String>
  private var constants: [String: String] = [:]

  /// Starts with everything of a network but its nodes.
  init(_ original: Graph) {
    graph = original
    graph.nodes = []
    names = original.allNames()
  }

  /// Adds a node.
  mutating func append(_ node: Node) { graph.nodes.append(node) }

  /// Adds a node whose result gets a fresh name made from a stem.
  mutating func add(_ op: any Operator, _ inputs: [String], stem: String) -> String {
    let output = fresh(stem)
    append(Node(name: output, op: op, inputs: inputs, outputs: [output]))
    return output
  }

  /// Adds a parameter. The same key gives the same parameter again.
  mutating func constant(_ tensor: @autoclosure () -> Tensor, key: String) -> String {
    if let name = constants[key] { return name }
    let name = fresh(key)
    graph.parameters[name] = .dense(tensor())
    constants[key] = name
    return name
  }

  /// Makes a parameter of a value.
  mutating func setConstant(_ name: String, _ tensor: Tensor) { graph.parameters[name] = .dense(tensor) }

  /// A name that nothing has yet.
  mutating func fresh(_ stem: String) -> String {
    names.insertFresh(stem)
  }
}
