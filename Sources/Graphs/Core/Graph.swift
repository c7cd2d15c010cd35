import OrderedCollections
import Tensors

/// One operation of a network.
public struct Node: Sendable {
  /// A name that is unique in its graph and shown to the user.
  public var name: String
  /// What it computes.
  public var op: any Operator
  /// The values and parameters that it reads; an empty name stands for an absent optional input.
  public var inputs: [String]
  /// The values that it makes; an empty name stands for an output that nobody reads.
  public var outputs: [String]

  /// Makes a node.
  public init(name: String, op: any Operator, inputs: [String], outputs: [String]) {
    self.name = name
    self.op = op
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// An input or output of a network.
public struct GraphPort: Sendable, Hashable {
  /// The value's name, which is the caller's handle.
  public var name: String
  /// The value's type.
  public var type: ValueType

  /// Makes a port.
  public init(_ name: String, _ type: ValueType) {
    self.name = name
    self.type = type
  }
}

/// A network: nodes in topological order, named parameters, named inputs and outputs. A value, in inference form.
public struct Graph: Sendable {
  /// The network's name.
  public var name: String
  /// What the caller supplies.
  public var inputs: [GraphPort]
  /// What the caller gets.
  public var outputs: [GraphPort]
  /// The operations, each after the ones it reads from.
  public var nodes: [Node]
  /// Weights and constants by name, in the order in which they were added.
  public var parameters: OrderedDictionary<String, Parameter>

  /// Makes a graph from its parts.
  public init(
    name: String = "network", inputs: [GraphPort] = [], outputs: [GraphPort] = [], nodes: [Node] = [],
    parameters: OrderedDictionary<String, Parameter> = [:]
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.nodes = nodes
    self.parameters = parameters
  }

  /// The index of the node that makes each value.
  public func producers() -> [String: Int] {
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producers[output] = index }
    }
    return producers
  }

  /// The indices of the nodes that read each value or parameter, once per input that reads it.
  public func consumers() -> [String: [Int]] {
    var consumers: [String: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for input in node.inputs where !input.isEmpty { consumers[input, default: []].append(index) }
    }
    return consumers
  }

  /// What each parameter is for: the first use that is not merely a constant decides. Single numbers (rank 0),
  /// integers and added masks are constants wherever they stand.
  public func roles() -> [String: ParameterRole] {
    var roles: [String: ParameterRole] = [:]
    for node in nodes {
      for (index, input) in node.inputs.enumerated() {
        guard let parameter = parameters[input] else { continue }
        let role = node.op.role(ofInput: index)
        let isTrained =
          parameter.dataType.isFloat && parameter.shape.rank > 0 && !(role == .bias && parameter.isMask)
        let effective = role.isTrainable && !isTrained ? .constant : role
        if roles[input] == nil || roles[input] == .constant { roles[input] = effective }
      }
    }
    return roles
  }

  /// The names of the parameters that training updates by gradients, in order.
  public func trainableParameters() -> [String] {
    let roles = roles()
    return parameters.keys.filter { roles[$0]?.isTrainable == true }
  }

  /// Whether a value is an output of the network.
  public func isOutput(_ value: String) -> Bool { outputs.contains { $0.name == value } }

  /// A name that nothing in the graph has yet, made from a stem.
  public func freshName(_ stem: String, besides taken: Set<String> = []) -> String {
    let used = allNames().union(taken)
    if !used.contains(stem) { return stem }
    var number = 1
    while used.contains("\(stem)_\(number)") { number += 1 }
    return "\(stem)_\(number)"
  }

  /// Makes a parameter of an input of a node. One that others read too keeps its value, and the node gets its own.
  package mutating func setParameter(at place: Int, of index: Int, to tensor: Tensor) {
    let name = nodes[index].inputs[place]
    let isOwn = parameters[name] != nil && nodes.reduce(0) { $0 + $1.inputs.count { $0 == name } } == 1
    let target = isOwn ? name : freshName(name)
    parameters[target] = .dense(tensor)
    nodes[index].inputs[place] = target
  }

  /// Every name of a value, parameter or node.
  public func allNames() -> Set<String> {
    var names = Set(parameters.keys)
    names.formUnion(inputs.map(\.name))
    for node in nodes {
      names.insert(node.name)
      names.formUnion(node.outputs)
    }
    return names
  }

  /// Checks that the graph is well formed.
  /// - Throws: `PareError.badInput` naming the first fault: a value made twice or never, a cycle, a missing output.
  public func validate() throws {
    var known = Set(parameters.keys)
    for input in inputs where !known.insert(input.name).inserted {
      throw PareError(.badInput, "the name \"\(input.name)\" is used twice; the graph is damaged")
    }
    let made = Set(nodes.flatMap(\.outputs))
    for node in nodes {
      for input in node.inputs where !input.isEmpty && !known.contains(input) {
        let cause = made.contains(input) ? "before it is made (a cycle?)" : "but nothing makes it"
        throw PareError(
          .badInput, "value \"\(input)\" is read \(cause); the graph is damaged",
          context: ["node": node.name, "operator": node.op.kind])
      }
      for output in node.outputs where !output.isEmpty && !known.insert(output).inserted {
        throw PareError(
          .badInput, "value \"\(output)\" is made twice; the graph is damaged", context: ["node": node.name])
      }
    }
    for output in outputs where !known.contains(output.name) {
      throw PareError(.badInput, "output \"\(output.name)\" is not made by any node; the graph is damaged")
    }
  }
}
