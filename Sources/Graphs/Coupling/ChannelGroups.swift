import Tensors

/// Channels that play the same role: sets that touch exactly the same axes, so that one ratio applies to all of them.
/// A convolution's output channels with the batch norm and the next convolution's inputs are one group.
public struct ChannelGroup: Sendable {
  /// The axes that every channel of the group has an index in.
  public let slots: Set<Slot>
  /// The channels: each is a set of indices that go together.
  public let channels: [CoupledSet]
  /// A name for the user: the first parameter whose outputs these channels are.
  public let name: String
}

extension Graph {
  /// The coupling of all channels of the network.
  /// - Throws: what shape inference throws.
  public func channelCoupling() throws -> ChannelCoupling {
    let shapes = try shapes(batch: 1)
    var coupling = ChannelCoupling()
    let parameterNames = parametersAndDerived()
    for node in nodes {
      let known = (node.inputs + node.outputs).allSatisfy { $0.isEmpty || shapes[$0] != nil }
      let call = CouplingCall(inputs: node.inputs, outputs: node.outputs, shapes: shapes, parameters: parameterNames)
      if known, let op = node.op as? any ChannelCoupled {
        coupling.add(call, of: op)
      } else {
        let reason = "\(node.name) (\(node.op.kind)) does not say how channels pass through it"
        for name in node.inputs + node.outputs where !name.isEmpty {
          guard let shape = shapes[name] else { continue }
          for axis in shape.dimensions.indices {
            coupling.block(Slot(name, axis), count: shape[axis], reason: reason)
          }
        }
      }
    }
    for (port, kind) in inputs.map({ ($0, "an input") }) + outputs.map({ ($0, "an output") }) {
      guard let shape = shapes[port.name] else { continue }
      for axis in shape.dimensions.indices {
        coupling.block(Slot(port.name, axis), count: shape[axis], reason: "\(port.name) is \(kind) of the network")
      }
    }
    coupling.settle()
    return coupling
  }

  /// The groups of channels that can be removed, in network order.
  /// - Throws: what shape inference throws.
  public func removableChannelGroups() throws -> (groups: [ChannelGroup], notes: [String]) {
    let coupling = try channelCoupling()
    let order = Dictionary(nodes.enumerated().flatMap { i, n in n.inputs.map { ($0, i) } }, uniquingKeysWith: min)
    var groups: [Set<Slot>: [CoupledSet]] = [:]
    var first: [Set<Slot>: Int] = [:]
    for set in coupling.sets() where set.blocked == nil {
      let slots = Set(set.members.map(\.slot))
      guard !makers(of: slots).isEmpty else { continue }
      groups[slots, default: []].append(set)
      first[slots] = min(first[slots] ?? .max, slots.compactMap { order[$0.value] }.min() ?? .max)
    }
    let sorted = groups.keys.sorted { (first[$0]!, groups[$0]!.count) < (first[$1]!, groups[$1]!.count) }
    let result = sorted.map { slots in
      let name = makers(of: slots).min { (order[$0] ?? .max, $0) < (order[$1] ?? .max, $1) }!
      return ChannelGroup(slots: slots, channels: groups[slots]!, name: name)
    }
    return (result, coupling.notes)
  }

  /// The weights among axes whose nodes have outputs there too: what makes the channels, not what reads them.
  private func makers(of slots: Set<Slot>) -> Set<String> {
    let values = Set(slots.map(\.value))
    return Set(
      nodes.filter { $0.outputs.contains(where: values.contains) }.flatMap(\.inputs)
        .filter { values.contains($0) && (parameters[$0]?.shape.rank ?? 0) >= 2 })
  }

  /// The names of the parameters and of the values that are computed from parameters alone.
  func parametersAndDerived() -> Set<String> {
    var names = Set(parameters.keys)
    for node in nodes where !node.inputs.isEmpty && node.inputs.allSatisfy({ $0.isEmpty || names.contains($0) }) {
      names.formUnion(node.outputs)
    }
    return names
  }
}
