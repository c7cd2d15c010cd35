/// Takes away nodes and parameters that no output of the network depends on. Inputs stay, read or not.
public struct DeadNodeElimination: GraphPass {
  /// Makes the pass.
  public init() {}

  /// The network without what nobody reads.
  public func apply(to graph: Graph) throws -> Graph {
    var needed = Set(graph.outputs.map(\.name))
    var kept: [Node] = []
    for node in graph.nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.inputs.filter { !$0.isEmpty })
      kept.append(node)
    }
    var result = graph
    result.nodes = kept.reversed()
    result.removeUnusedParameters()
    try result.validate()
    return result
  }
}
