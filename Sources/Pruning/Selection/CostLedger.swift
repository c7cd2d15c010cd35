import Graphs
import Measurement
import Tensors

/// What a network costs after the removal of channels that have not been removed yet: exact, and quick to update; of times
/// the sum of what its layers take alone.
///
/// Shapes are known for every value, so removing a channel shortens some axes, and only the nodes and parameters with
/// such an axis cost something else. Multiply-accumulates come from the operators' own rules on the shortened shapes.
struct CostLedger {
  /// The cost with what has been removed so far.
  private(set) var cost: Int
  /// How many channels of each group have been removed.
  private(set) var removed: [Int]

  private let resource: PruningTarget.Resource
  /// The shapes of all values, as the removals so far leave them; nil where they are unknown.
  private var shapes: [Shape?]
  /// What each group's removals change.
  private let parts: [Part]
  /// What an element of each value costs, where numbers or bytes count.
  private let unitCosts: [Int]
  /// What measures layers, where their times count.
  private let times: LayerTimes?

  /// The values and nodes that a group's removals change, and their operands. Inside it values are numbered by their place
  /// in `values`.
  private struct Part {
    /// The numbers of the values, those that are shortened first.
    var values: [Int]
    /// How many of them are shortened.
    var shortened: Int
    /// The nodes that become cheaper.
    var calls: [Call]
    /// For each channel the axes that lose an index with it, the first channel to go first.
    var order: [[Axis]]
  }

  /// An axis of a value.
  private struct Axis {
    var value: Int
    var axis: Int
  }

  /// A node by its values; nil stands for an input that is left out.
  private struct Call {
    var op: any Operator
    var inputs: [Int?]
    var outputs: [Int]
    /// Whether the second operand is a parameter.
    var weighs: Bool
  }

  /// Starts with nothing removed.
  /// - Parameters:
  ///   - orders: each group's channels, the first to go first.
  ///   - cost: what the network costs now.
  ///   - times: what measures layers; needed for the resource `latency`.
  init(
    _ graph: Graph, removing orders: [[CoupledSet]], resource: PruningTarget.Resource, cost: Int,
    times: LayerTimes? = nil
  ) throws {
    self.resource = resource
    self.times = resource == .latency ? try resource.measured(times) : nil
    self.cost = cost
    removed = orders.map { _ in 0 }
    let known = try graph.shapes(batch: 1)
    var numbers: [String: Int] = [:]
    func number(_ name: String) -> Int {
      if let number = numbers[name] { return number }
      numbers[name] = numbers.count
      return numbers.count - 1
    }
    let calls = graph.nodes.map { node in
      Call(
        op: node.op, inputs: node.inputs.map { $0.isEmpty ? nil : number($0) },
        outputs: node.outputs.filter { !$0.isEmpty }.map(number),
        weighs: node.inputs.count > 1 && graph.parameters[node.inputs[1]] != nil)
    }
    let axes = orders.map { order in
      order.map { channel in channel.members.map { Axis(value: number($0.slot.value), axis: $0.slot.axis) } }
    }
    var readers: [[Int]] = Array(repeating: [], count: numbers.count)
    for (index, call) in calls.enumerated() {
      for value in Set(call.inputs.compactMap { $0 } + call.outputs) { readers[value].append(index) }
    }
    parts = axes.map { Self.part(of: calls, readBy: readers, order: $0) }
    let names = numbers.sorted { $0.value < $1.value }.map(\.key)
    shapes = names.map { known[$0] }
    let trainable = Set(graph.trainableParameters())
    unitCosts = names.map { name in
      guard let parameter = graph.parameters[name] else { return 0 }
      return switch resource {
      case .macs, .channels, .latency: 0
      case .parameters: trainable.contains(name) ? 1 : 0
      case .size: parameter.byteCount / max(parameter.shape.count, 1)
      }
    }
  }

  /// What the removal of so many further channels of a group would save; below 0 where channels are put back.
  func saving(group: Int, channels: Int) -> Int {
    if resource == .channels { return channels }
    let own = parts[group].values.map { shapes[$0] }
    let shorter = shortened(own, group: group, channels: channels)
    return partialCost(of: group, in: own) - partialCost(of: group, in: shorter)
  }

  /// Removes so many further channels of a group; a negative number puts the last ones back.
  mutating func remove(group: Int, channels: Int) {
    cost -= saving(group: group, channels: channels)
    let values = parts[group].values
    let own = shortened(values.map { shapes[$0] }, group: group, channels: channels)
    for place in 0..<parts[group].shortened { shapes[values[place]] = own[place] }
    removed[group] += channels
  }

  private static func part(of calls: [Call], readBy readers: [[Int]], order: [[Axis]]) -> Part {
    let shortened = Set(order.joined().map(\.value)).sorted()
    let near = Set(shortened.flatMap { readers[$0] }).sorted().map { calls[$0] }
    let operands = Set(near.flatMap { $0.inputs.compactMap { $0 } + $0.outputs }).subtracting(shortened).sorted()
    let values = shortened + operands
    let places = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, $0) })
    return Part(
      values: values, shortened: shortened.count,
      calls: near.map { call in
        Call(
          op: call.op, inputs: call.inputs.map { $0.map { places[$0]! } }, outputs: call.outputs.map { places[$0]! },
          weighs: call.weighs)
      }, order: order.map { $0.map { Axis(value: places[$0.value]!, axis: $0.axis) } })
  }

  /// The shapes of a part's values with further channels gone.
  private func shortened(_ shapes: [Shape?], group: Int, channels: Int) -> [Shape?] {
    var result = shapes
    let ends = (removed[group], removed[group] + channels)
    for channel in parts[group].order[min(ends.0, ends.1)..<max(ends.0, ends.1)] {
      for place in channel { result[place.value]?[place.axis] -= channels.signum() }
    }
    return result
  }

  /// What a part costs with its values in these shapes.
  private func partialCost(of group: Int, in shapes: [Shape?]) -> Int {
    let part = parts[group]
    guard resource == .macs || resource == .latency else {
      return (0..<part.shortened).reduce(0) { $0 + unitCosts[part.values[$1]] * (shapes[$1]?.count ?? 0) }
    }
    return part.calls.reduce(0) { sum, call in
      let inputs = call.inputs.map { $0.flatMap { shapes[$0] } }
      let outputs = call.outputs.compactMap { shapes[$0] }
      let isKnown = zip(call.inputs, inputs).allSatisfy { $0 == nil || $1 != nil }
      guard isKnown, !outputs.isEmpty, outputs.count == call.outputs.count else { return sum }
      guard let times else { return sum + call.op.macs(inputs: inputs, outputs: outputs) }
      let operands = inputs.prefix(2).compactMap { $0 }
      return sum + times.nanoseconds(of: call.op, inputs: operands, weighs: call.weighs, outputs: outputs)
    }
  }
}
