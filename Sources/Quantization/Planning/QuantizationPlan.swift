import Graphs
import Tensors

/// Which layers run on integers, and which values are rounded to them.
///
/// A value in `rounded` gets a QuantizeLinear behind it; everything that reads it reads the integers, dequantized or
/// (operators that only move values) as they are. Values of one group share a scale.
struct QuantizationPlan {
  /// The layers with integer weights, by node name.
  private(set) var layers: Set<String> = []
  /// The layers that stay in float32.
  private(set) var floatLayers: [QuantizationReport.FloatLayer] = []
  /// The values that are rounded, in the order in which they were found.
  private(set) var rounded: [String] = []
  private var parents: [String: String] = [:]

  private let graph: Graph
  private let facts: [String: InputFact]
  private let producers: [String: Int]
  private let consumers: [String: [Int]]
  private let configuration: QuantizationConfiguration
  private let unreachable: Set<String>

  /// Plans a network whose batch normalisation is folded.
  /// - Throws: what shape inference throws.
  init(_ graph: Graph, _ configuration: QuantizationConfiguration) throws {
    self.graph = graph
    self.configuration = configuration
    facts = try graph.facts()
    producers = graph.producers()
    consumers = graph.consumers()
    unreachable = graph.unreachableValues()
    let ignored = try configuration.ignoredNodes.map { try Regex($0) }
    for node in graph.nodes {
      let isIgnored = try ignored.contains { try $0.wholeMatch(in: node.name) != nil }
      if let op = node.op as? any WeightQuantizable {
        if let reason = isIgnored ? "ignored by name" : obstacle(to: node, op) {
          floatLayers.append(.init(name: node.name, op: node.op.kind, reason: reason))
        } else {
          layers.insert(node.name)
          round(node.inputs[0])
          if op.roundsOutput { roundResult(of: node) }
        }
      } else if !isIgnored, runsOnIntegers(node) {
        for input in node.inputs { round(input) }
        roundResult(of: node)
      }
    }
  }

  /// The values that share a value's scale, itself among them.
  func group(of value: String) -> [String] {
    let root = root(of: value)
    return rounded.filter { self.root(of: $0) == root }
  }

  /// What stands for the group of a value.
  func root(of value: String) -> String {
    var value = value
    while let parent = parents[value], parent != value { value = parent }
    return value
  }

  private func obstacle(to node: Node, _ op: any WeightQuantizable) -> String? {
    guard let weights = graph.parameters[node.inputs[1]], weights.dataType == .float32 else {
      return graph.parameters[node.inputs[1]] == nil ? "its weights are computed" : "its weights are not float32"
    }
    var bias: Shape?
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let parameter = graph.parameters[node.inputs[2]] else { return "its bias is computed" }
      bias = parameter.shape
    }
    if !isActivation(node.inputs[0]) { return "its input cannot be calibrated" }
    return op.obstacle(weights: weights.shape, bias: bias)
  }

  private func runsOnIntegers(_ node: Node) -> Bool {
    guard node.inputs.allSatisfy(isActivation) else { return false }
    switch node.op {
    case is Add: return configuration.quantizesAdditions
    // A function of one value (x times its sigmoid) needs no rounding between its parts.
    case is Mul: return configuration.quantizesAdditions && pointwiseSources(of: node.outputs[0]).count > 1
    case is AveragePool, is GlobalAveragePool: return configuration.quantizesPooling
    default: return false
    }
  }

  /// The rounded or otherwise computed values that a value depends on through pointwise operators alone.
  private func pointwiseSources(of value: String) -> Set<String> {
    var (sources, seen, open): (Set<String>, Set<String>, [String]) = ([], [value], [value])
    while let next = open.popLast() {
      if graph.parameters[next] != nil { continue }
      guard parents[next] == nil, let node = producers[next].map({ graph.nodes[$0] }), node.op is any Pointwise else {
        sources.insert(next)
        continue
      }
      open += node.inputs.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
    return sources
  }

  /// Whether a value is a float activation that samples reach.
  private func isActivation(_ value: String) -> Bool {
    graph.parameters[value] == nil && !unreachable.contains(value) && facts[value]?.type.dataType == .float32
      && facts[value]?.type.shape != nil
  }

  /// Rounds a value where it is made: in front of everything that only moves it.
  private mutating func round(_ value: String) {
    if let node = producers[value].map({ graph.nodes[$0] }), let moved = node.movedInputs,
      moved.allSatisfy(isActivation)
    {
      for input in moved { round(input) }
      for input in moved.dropFirst() { join(origin(of: moved[0]), origin(of: input)) }
    } else if isActivation(value), parents[value] == nil {
      parents[value] = value
      rounded.append(value)
    }
  }

  /// Rounds what a node makes, behind the activation that runtimes compute with it.
  private mutating func roundResult(of node: Node) {
    var value = node.outputs[0]
    if !graph.isOutput(value), let readers = consumers[value], readers.count == 1 {
      let next = graph.nodes[readers[0]]
      if next.op is Relu || next.op is Clip { value = next.outputs[0] }
    }
    // What only the caller reads stays as exact as it is.
    if consumers[value] != nil { round(value) }
  }

  /// The rounded value that a value's elements come from; for several, the first.
  private func origin(of value: String) -> String {
    guard parents[value] == nil, let node = producers[value].map({ graph.nodes[$0] }),
      let moved = node.movedInputs?.first
    else { return value }
    return origin(of: moved)
  }

  private mutating func join(_ a: String, _ b: String) { parents[root(of: a)] = root(of: b) }
}

extension Graph {
  /// The values that need an operator that Pare cannot run.
  fileprivate func unreachableValues() -> Set<String> {
    var values = Set<String>()
    for node in nodes where !(node.op is any ONNXOperator) || node.inputs.contains(where: values.contains) {
      values.formUnion(node.outputs)
    }
    return values
  }
}
