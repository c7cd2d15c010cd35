import Graphs
import Tensors

/// Fuses convolutions with the addition and the activation that follow them, where nobody else reads what is between.
package struct ConvolutionFusion {
  private let fusesSwish: Bool

  /// - Parameter fusesSwish: whether a swish is fused too.
  package init(fusesSwish: Bool = true) { self.fusesSwish = fusesSwish }

  /// The graph with fused convolutions.
  package func apply(to graph: Graph) throws -> Graph {
    let facts = try graph.facts()
    let consumers = graph.consumers()
    let producers = graph.producers()
    var result = graph
    var removed = Set<Int>()

    /// The node that alone reads a value.
    func onlyReader(of value: String) -> Int? {
      guard !graph.isOutput(value), let readers = consumers[value], readers.count == 1 else { return nil }
      return readers[0]
    }

    for (index, node) in graph.nodes.enumerated() {
      guard let convolution = node.op as? Convolution else { continue }
      var fused = FusedConvolution(convolution: convolution, activation: .none, hasResidual: false)
      var inputs = node.inputs + Array(repeating: "", count: 3 - node.inputs.count)
      var last = index
      if let sum = onlyReader(of: node.outputs[0]), !removed.contains(sum), graph.nodes[sum].op is Add,
        let residual = graph.nodes[sum].inputs.first(where: { $0 != node.outputs[0] }),
        facts[residual]?.type == facts[node.outputs[0]]?.type,
        graph.parameters[residual] == nil,
        // The convolution that runs last takes the sum; the other operand must be there by then.
        (producers[residual] ?? -1) < index
      {
        fused.hasResidual = true
        inputs.append(residual)
        removed.insert(index)
        last = sum
      }
      if let next = onlyReader(of: graph.nodes[last].outputs[0]), !removed.contains(next),
        fusesSwish || !(graph.nodes[next].op is Swish), let activation = FusedActivation(graph.nodes[next].op)
      {
        fused.activation = activation
        removed.insert(last)
        last = next
      }
      guard last != index else { continue }
      removed.remove(last)
      result.nodes[last] = Node(name: node.name, op: fused, inputs: inputs, outputs: graph.nodes[last].outputs)
    }
    result.nodes = result.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    return result
  }
}
