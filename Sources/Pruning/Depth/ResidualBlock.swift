import Graphs
import Tensors

/// A block whose output is its input plus something: without that something the network still fits together.
public struct ResidualBlock: Sendable, Equatable {
  /// The name of the first weights in the block.
  public let name: String
  /// The value that goes around the block.
  let shortcut: String
  /// The value that the block gives: the sum.
  let output: String
  /// The weights of the block's convolutions and dense layers, in network order.
  public let weights: [String]
}

extension Graph {
  /// The residual blocks with an identity around them, in network order: sums of two values of one shape, of which one
  /// is computed from the other. Blocks that change shape have a shortcut with weights or padding of their own, and are
  /// not among them; nor is a sum that is an output of the network.
  /// - Throws: what shape inference throws.
  public func residualBlocks() throws -> [ResidualBlock] {
    let shapes = try shapes(batch: 1)
    let producers = producers()
    let layers = Dictionary(
      try weightedLayers().map { ($0.index, $0.weights) }, uniquingKeysWith: { first, _ in first })
    /// The nodes that compute a value from another alone (and from parameters); nil where none do.
    func branch(from start: String, to end: String) -> Set<Int>? {
      var (found, waiting, reaches): (Set<Int>, [String], Bool) = ([], [end], false)
      let first = producers[start] ?? -1
      while let value = waiting.popLast() {
        if value == start {
          reaches = true
          continue
        }
        guard parameters[value] == nil else { continue }
        guard let index = producers[value], index > first else { return nil }
        guard found.insert(index).inserted else { continue }
        waiting += nodes[index].inputs.filter { !$0.isEmpty }
      }
      return reaches ? found : nil
    }
    return nodes.compactMap { node in
      guard node.op is Add, node.inputs.count == 2, !isOutput(node.outputs[0]) else { return nil }
      for (shortcut, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
        guard parameters[shortcut] == nil, let shape = shapes[shortcut], shape == shapes[node.outputs[0]],
          shapes[other] == shape, let inside = branch(from: shortcut, to: other)
        else { continue }
        let weights = inside.sorted().compactMap { layers[$0] }
        guard let first = weights.first else { continue }
        return ResidualBlock(name: first, shortcut: shortcut, output: node.outputs[0], weights: weights)
      }
      return nil
    }
  }

  /// The graph without a block: what read its output reads its input.
  /// - Throws: `PareError.usage` for a block that the graph has not.
  public func removing(_ block: ResidualBlock) throws -> Graph {
    guard producers()[block.output] != nil, try residualBlocks().contains(block) else {
      throw PareError(.usage, "the network has no residual block \"\(block.name)\"")
    }
    var result = self
    for index in result.nodes.indices {
      result.nodes[index].inputs = result.nodes[index].inputs.map { $0 == block.output ? block.shortcut : $0 }
    }
    result = try DeadNodeElimination().apply(to: result)
    try result.validate()
    return result
  }
}
