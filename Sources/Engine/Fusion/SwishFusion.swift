import Graphs

/// Makes one Swish of x * sigmoid(x), as PyTorch and TensorFlow export SiLU, where nobody else reads the sigmoid: one pass
/// over memory in place of two, or none where a convolution in front takes it along.
package struct SwishFusion: GraphPass {
  package init() {}

  package func apply(to graph: Graph) throws -> Graph {
    let consumers = graph.consumers()
    var result = graph
    var removed = Set<Int>()
    for (index, node) in graph.nodes.enumerated() where node.op is Sigmoid {
      let sigmoid = node.outputs[0]
      guard !graph.isOutput(sigmoid), let readers = consumers[sigmoid], readers.count == 1 else { continue }
      let product = graph.nodes[readers[0]]
      guard product.op is Mul, product.inputs.contains(node.inputs[0]), product.inputs.count == 2 else { continue }
      result.nodes[readers[0]] = Node(
        name: product.name, op: Swish(), inputs: [node.inputs[0]], outputs: product.outputs)
      removed.insert(index)
    }
    result.nodes = result.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    return result
  }
}
