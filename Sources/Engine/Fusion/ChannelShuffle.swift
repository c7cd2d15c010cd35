import Graphs
import Tensors

/// Channels dealt out over groups (Zhang et al. 2018, "ShuffleNet"): channel g * n + i of G groups of n becomes channel
/// i * G + g. Exists only inside compiled programs.
struct ChannelShuffle: Operator {
  static let kind = "ChannelShuffle"
  /// G.
  var groups: Int

  func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let shape = x.shape.dimensions
    let split = x.reshaped(to: Shape([shape[0], groups, shape[1] / groups] + shape[2...]))
    let order = [0, 2, 1] + Array(3..<split.shape.rank)
    return [try Transpose(permutation: order).evaluate([split], in: context)[0].reshaped(to: x.shape)]
  }
}

/// Makes one ChannelShuffle of Reshape, Transpose and Reshape, as networks are exported and as their gradients come out,
/// where nobody else reads what is between: one pass over memory in the layout that channels lie in, in place of
/// one pass in row-major order between two changes of layout.
struct ShuffleFusion {
  private let graph: Graph
  private let kept: Set<String>

  /// - Parameter kept: values that must exist in the end, beside the graph's outputs.
  init(_ graph: Graph, kept: Set<String> = []) {
    self.graph = graph
    self.kept = kept
  }

  /// The graph with shuffles.
  func applied() throws -> Graph {
    guard graph.nodes.contains(where: { $0.op is Transpose }) else { return graph }
    let (facts, consumers, producers) = (try graph.facts(), graph.consumers(), graph.producers())
    func isInner(_ value: String) -> Bool {
      !kept.contains(value) && !graph.isOutput(value) && consumers[value]?.count == 1
    }
    var result = graph
    var removed = Set<Int>()
    for (index, node) in graph.nodes.enumerated() {
      guard let op = node.op as? Transpose, isInner(node.inputs[0]), isInner(node.outputs[0]),
        let first = producers[node.inputs[0]], let last = consumers[node.outputs[0]]?.first,
        graph.nodes[first].op is Reshape, graph.nodes[last].op is Reshape,
        let x = facts[graph.nodes[first].inputs[0]]?.type, let split = facts[node.inputs[0]]?.type.shape?.dimensions,
        let shape = x.shape?.dimensions, shape.count >= 2, facts[graph.nodes[last].outputs[0]]?.type == x,
        split.count == shape.count + 1, split[0] == shape[0], split[3...] == shape[2...],
        let groups = split[1].fixedExtent, let width = split[2].fixedExtent, shape[1] == .fixed(groups * width),
        try op.order(rank: split.count) == [0, 2, 1] + Array(3..<split.count)
      else { continue }
      result.nodes[last] = Node(
        name: node.name, op: ChannelShuffle(groups: groups), inputs: [graph.nodes[first].inputs[0]],
        outputs: graph.nodes[last].outputs)
      removed.formUnion([first, index])
    }
    result.nodes = result.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    return result
  }
}
