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

  /// The groups of channels that can be removed, in network order, the sets that cannot be, and why.
  /// - Throws: what shape inference throws.
  public func removableChannelGroups() throws -> (groups: [ChannelGroup], blocked: [CoupledSet], notes: [String]) {
    let coupling = try channelCoupling()
    let sets = coupling.sets()
    var channels: [Set<Slot>: [CoupledSet]] = [:]
    for set in sets where set.blocked == nil { channels[Set(set.members.map(\.slot)), default: []].append(set) }
    let order = Dictionary(nodes.enumerated().flatMap { i, n in n.inputs.map { ($0, i) } }, uniquingKeysWith: min)
    let made = channels.compactMap { slots, channels -> (first: Int, group: ChannelGroup)? in
      let makers = makers(of: slots)
      guard let name = makers.min(by: { (order[$0] ?? .max, $0) < (order[$1] ?? .max, $1) }) else { return nil }
      let first = slots.compactMap { order[$0.value] }.min() ?? .max
      return (first, ChannelGroup(slots: slots, channels: channels, name: name))
    }
    let groups = made.sorted { a, b in
      (a.first, a.group.channels.count, a.group.name) < (b.first, b.group.channels.count, b.group.name)
    }
    return (groups.map(\.group), sets.filter { $0.blocked != nil }, coupling.notes)
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
