import Graphs
import Tensors

/// What a network costs after the removal of channels that have not been removed yet: exact, and quick to update.
///
/// Shapes are known for every value, so removing a channel shortens some axes, and only the nodes and parameters with
/// such an axis cost something else. Multiply-accumulates come from the operators' own rules on the shortened shapes.
struct CostLedger {
  /// The cost with what has been removed so far.
  private(set) var cost: Int
  /// How many channels of each group have been removed.
  private(set) var removed: [Int]

  private let resource: PruningTarget.Resource
  private let graph: Graph
  private var shapes: [String: Shape]
  private let orders: [[CoupledSet]]
  private let nodes: [[Int]]
  private let names: [[String]]
  private let unitBytes: [String: Int]

  /// Starts with nothing removed.
  /// - Parameters:
  ///   - orders: each group's channels, the first to go first.
  ///   - cost: what the network costs now.
  init(_ graph: Graph, removing orders: [[CoupledSet]], resource: PruningTarget.Resource, cost: Int) throws {
    self.graph = graph
    self.orders = orders
    self.resource = resource
    self.cost = cost
    removed = orders.map { _ in 0 }
    let shapes = try graph.shapes(batch: 1)
    self.shapes = shapes
    var readers: [String: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for name in Set(node.inputs + node.outputs) where !name.isEmpty { readers[name, default: []].append(index) }
    }
    names = orders.map { Set($0.flatMap(\.members).map(\.slot.value)).sorted() }
    nodes = names.map { names in Set(names.flatMap { readers[$0] ?? [] }).sorted() }
    let trainable = Set(graph.trainableParameters())
    unitBytes = Dictionary(
      uniqueKeysWithValues: graph.parameters.map { name, parameter in
        switch resource {
        case .macs: (name, 0)
        case .parameters: (name, trainable.contains(name) ? 1 : 0)
        case .size: (name, parameter.byteCount / max(parameter.shape.count, 1))
        }
      })
  }

  /// What the removal of so many further channels of a group would save; below 0 where channels are put back.
  func saving(group: Int, channels: Int) -> Int {
    let shortened = shortened(group: group, channels: channels)
    return partialCost(of: group, in: shapes) - partialCost(of: group, in: shortened)
  }

  /// Removes so many further channels of a group; a negative number puts the last ones back.
  mutating func remove(group: Int, channels: Int) {
    let shortened = shortened(group: group, channels: channels)
    cost -= partialCost(of: group, in: shapes) - partialCost(of: group, in: shortened)
    shapes = shortened
    removed[group] += channels
  }

  private func shortened(group: Int, channels: Int) -> [String: Shape] {
    var result = shapes
    let ends = (removed[group], removed[group] + channels)
    for channel in orders[group][min(ends.0, ends.1)..<max(ends.0, ends.1)] {
      for member in channel.members { result[member.slot.value]?[member.slot.axis] -= channels.signum() }
    }
    return result
  }

  private func partialCost(of group: Int, in shapes: [String: Shape]) -> Int {
    guard resource == .macs else {
      return names[group].reduce(0) { $0 + (unitBytes[$1] ?? 0) * (shapes[$1]?.count ?? 0) }
    }
    return nodes[group].reduce(0) { sum, index in
      let node = graph.nodes[index]
      let inputs = node.inputs.map { shapes[$0] }
      let outputs = node.outputs.compactMap { shapes[$0] }
      let isKnown = zip(node.inputs, inputs).allSatisfy { $0.isEmpty || $1 != nil }
      let areKnown = !outputs.isEmpty && outputs.count == node.outputs.filter { !$0.isEmpty }.count
      return isKnown && areKnown ? sum + node.op.macs(inputs: inputs, outputs: outputs) : sum
    }
  }
}
