import Tensors

extension Graph {
  /// The graph without the channels given: parameters sliced, operators adjusted, shapes checked.
  ///
  /// What comes back is what would be deployed: smaller tensors, no masks.
  /// - Throws: `PareError.usage` for a blocked set, what an operator throws that cannot express the result.
  public func removing(_ channels: [CoupledSet]) throws -> Graph {
    var removed: [Slot: Set<Int>] = [:]
    for set in channels {
      if let reason = set.blocked { throw PareError(.usage, "a channel cannot be removed: \(reason)") }
      for member in set.members { removed[member.slot, default: []].insert(member.index) }
    }
    let shapes = try shapes(batch: 1)
    var kept = KeptIndices()
    for (slot, gone) in removed {
      kept.indices[slot] = (0..<shapes[slot.value]![slot.axis]).filter { !gone.contains($0) }
    }
    var result = self
    for (slot, indices) in kept.indices {
      guard let parameter = result.parameters[slot.value] else { continue }
      result.parameters[slot.value] = .dense(parameter.tensor.selecting(indices, axis: slot.axis))
    }
    let parameterNames = parametersAndDerived()
    for index in result.nodes.indices {
      let node = result.nodes[index]
      guard let op = node.op as? any ChannelCoupled else { continue }
      let call = CouplingCall(inputs: node.inputs, outputs: node.outputs, shapes: shapes, parameters: parameterNames)
      result.nodes[index].op = try op.pruned(call, keeping: kept)
    }
    try result.validate()
    let after = try result.shapes(batch: 1)
    for (slot, indices) in kept.indices {
      if let shape = after[slot.value], shape[slot.axis] != indices.count {
        throw PareError(
          .internalFault,
          "after removing channels \(slot.value) has \(shape[slot.axis]) indices along axis \(slot.axis), not \(indices.count)"
        )
      }
    }
    return result
  }
}

extension Tensor {
  /// The slices at the indices given along an axis, in the order given.
  package func selecting(_ indices: [Int], axis: Int) -> Tensor {
    let outer = shape.dimensions[..<axis].reduce(1, *)
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *) * dataType.size
    let extent = shape[axis]
    var dimensions = shape.dimensions
    dimensions[axis] = indices.count
    var result = Tensor(zeros: Shape(dimensions), dataType: dataType)
    withUnsafeBytes { source in
      result.withUnsafeMutableBytes { target in
        guard let from = source.baseAddress, let to = target.baseAddress, inner > 0 else { return }
        for row in 0..<outer {
          for (position, index) in indices.enumerated() {
            (to + (row * indices.count + position) * inner)
              .copyMemory(from: from + (row * extent + index) * inner, byteCount: inner)
          }
        }
      }
    }
    return result
  }
}
