import Graphs
import Tensors

/// Dequantizes integer weights that float kernels will read, once instead of at every run.
struct QuantizedWeightFolding: GraphPass {
  func apply(to graph: Graph) throws -> Graph {
    var result = graph
    result.nodes = try graph.nodes.filter { node in
      guard node.op is DequantizeLinear, !graph.isOutput(node.outputs[0]) else { return true }
      let inputs = node.inputs.map { graph.parameters[$0]?.tensor }
      guard zip(node.inputs, inputs).allSatisfy({ $0.isEmpty || $1 != nil }) else { return true }
      result.parameters[node.outputs[0]] = .dense(try node.op.evaluate(inputs, in: EvaluationContext(batch: 1))[0])
      return false
    }
    return result
  }
}
