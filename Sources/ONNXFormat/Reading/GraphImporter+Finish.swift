import Graphs
import Tensors

extension GraphImporter {
  /// An output that is the same as another value gives that value its name.
  mutating func restoreOutputNames() {
    for output in graph.outputs {
      guard let source = aliases[output.name] else { continue }
      for index in graph.nodes.indices {
        // Nodes without a name of their own are called after their output.
        if graph.nodes[index].name == source { graph.nodes[index].name = output.name }
        graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == source ? output.name : $0 }
        graph.nodes[index].outputs = graph.nodes[index].outputs.map { $0 == source ? output.name : $0 }
      }
    }
  }

  /// Whether an operator that Pare does not know would get another element type than it has in the file.
  var opaqueNodesNeedExactTypes: Bool {
    guard hasOpaqueNodes else { return false }
    if widenedValues { return true }
    return graph.nodes.contains { node in
      node.op is OpaqueOperator
        && node.inputs.contains { stored[$0].map { $0.dataType.isFloat && $0.dataType != .float32 } ?? false }
    }
  }

  /// Removes what no output needs.
  mutating func removeDeadNodes() {
    var needed = Set(graph.outputs.map(\.name))
    var isNeeded = [Bool](repeating: false, count: graph.nodes.count)
    for index in graph.nodes.indices.reversed() where graph.nodes[index].outputs.contains(where: needed.contains) {
      isNeeded[index] = true
      needed.formUnion(graph.nodes[index].inputs)
    }
    graph.nodes = zip(graph.nodes, isNeeded).filter(\.1).map(\.0)
    graph.parameters.removeAll { !needed.contains($0.key) }
  }
}
