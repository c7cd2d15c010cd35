import Tensors

/// An operator that can compute each sample of a batch from that sample alone, the samples being the rows of the leading
/// axis: what allows a batch to be run in parts that stay in the processor's cache.
///
/// An operator that neither adopts this nor is `Pointwise` keeps networks that contain it from being run in parts; nothing
/// breaks.
public protocol SampleIndependent: Operator {
  /// Whether the operator computes samples apart, given its operands (nil where absent), some of which are batched.
  ///
  /// That the outputs have a row for each sample is checked elsewhere. Unless given: the first operand alone is batched,
  /// and the operator does not look along the leading axis.
  func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool
}

/// An operand in the eyes of `SampleIndependent`.
public struct SampleOperand: Sendable {
  /// The shape.
  public let shape: ValueShape
  /// Whether the leading axis is the batch; otherwise the operand is the same for all samples.
  public let isBatched: Bool
}

extension SampleIndependent {
  /// Whether the first operand alone is batched.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool { SampleOperand.onlyFirstIsBatched(operands) }
}

extension SampleOperand {
  /// Whether the first operand is batched and no other is.
  package static func onlyFirstIsBatched(_ operands: [SampleOperand?]) -> Bool {
    operands.enumerated().allSatisfy { index, operand in (operand?.isBatched ?? false) == (index == 0) }
  }

  /// Whether operands that broadcast have their batches on the same axis, and nothing else on it.
  package static func areAligned(_ operands: [SampleOperand?]) -> Bool {
    let rank = operands.compactMap { $0?.shape.rank }.max() ?? 0
    return operands.compactMap(\.self).allSatisfy { operand in
      operand.isBatched
        ? operand.shape.rank == rank : operand.shape.rank < rank || operand.shape.dimensions.first == .fixed(1)
    }
  }

  /// The axis counted from the front, where it is not the leading one of the first operand.
  package static func isBehindBatch(_ axis: Int, _ operands: [SampleOperand?]) -> Bool {
    guard let rank = operands.first??.shape.rank else { return false }
    return (axis < 0 ? axis + rank : axis) > 0
  }
}

extension Graph {
  /// Whether each sample of a batch is computed from that sample alone, so that a batch can be run in parts: every input
  /// and every output has the batch, and nothing else, as its leading axis, and so has every value in between that depends
  /// on inputs.
  /// - Throws: what a shape rule throws.
  public func keepsSamplesApart() throws -> Bool { keepsSamplesApart(try facts()) }

  /// The same, given what is known of all values.
  package func keepsSamplesApart(_ facts: [String: InputFact]) -> Bool {
    func isBatched(_ type: ValueType?) -> Bool {
      guard let shape = type?.shape, shape.rank > 0, shape[0] == .batch else { return false }
      return shape.dimensions.dropFirst().allSatisfy { $0.fixedExtent != nil }
    }
    guard !inputs.isEmpty, (inputs + outputs).allSatisfy({ isBatched(facts[$0.name]?.type) }) else { return false }
    var batched = Set(inputs.map(\.name))
    for node in nodes where node.inputs.contains(where: batched.contains) {
      let operands = node.inputs.map { name -> SampleOperand? in
        guard !name.isEmpty, let shape = facts[name]?.type.shape else { return nil }
        return SampleOperand(shape: shape, isBatched: batched.contains(name))
      }
      guard operands.count == node.inputs.count, zip(operands, node.inputs).allSatisfy({ $0 != nil || $1.isEmpty }),
        node.op.computesSamplesApart(operands),
        node.outputs.allSatisfy({ $0.isEmpty || isBatched(facts[$0]?.type) })
      else { return false }
      batched.formUnion(node.outputs.filter { !$0.isEmpty })
    }
    return outputs.allSatisfy { batched.contains($0.name) }
  }
}

extension Operator {
  fileprivate func computesSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    if let independent = self as? any SampleIndependent { return independent.keepsSamplesApart(operands) }
    return self is any Pointwise && SampleOperand.areAligned(operands)
  }
}
