import Graphs

/// Computes normalised values once more for the gradients instead of keeping them: the input of a normalisation is kept for
/// its own gradient anyway, and what follows from it costs one pass over memory.
///
/// (Bulo, Porzi and Kontschieder 2018, "In-place activated BatchNorm", keep the output and recover the input; that needs a
/// rectifier that can be inverted.) Each value is made again right before the first gradient that reads it, with the same
/// bits.
struct NormalizationReplays {
  private let graph: Graph
  private let kept: Set<String>

  /// - Parameter kept: values that must exist in the end, beside the graph's outputs.
  init(_ graph: Graph, kept: Set<String>) {
    self.graph = graph
    self.kept = kept
  }

  /// The graph with replays.
  func applied() -> Graph {
    let consumers = graph.consumers()
    // Behind the last normalisation values are read soon again.
    guard let last = graph.nodes.lastIndex(where: { $0.op is FusedNormalization }) else { return graph }
    var result = graph
    var insertions: [(before: Int, node: Node)] = []
    for (index, node) in graph.nodes.enumerated() where index < last {
      let y = node.outputs[0]
      guard let op = node.op as? FusedNormalization, node.inputs.count == 5, !kept.contains(y), !graph.isOutput(y),
        !node.outputs[3].isEmpty, !node.outputs[4].isEmpty
      else { continue }
      let later = (consumers[y] ?? []).filter { $0 > last }.sorted()
      // Whoever reads the batch's mean there reads the input.
      guard let first = later.first, (consumers[node.outputs[3]] ?? []).contains(where: { $0 > last }) else { continue }
      let again = "\(y).again"
      for reader in later { result.nodes[reader].inputs = result.nodes[reader].inputs.map { $0 == y ? again : $0 } }
      let inputs = Array(node.inputs[0..<3]) + node.outputs[3...4]
      insertions.append(
        (
          first,
          Node(
            name: "\(node.name).again", op: NormalizationReplay(rectifier: op.rectifier), inputs: inputs,
            outputs: [again])
        ))
    }
    for (before, node) in insertions.sorted(by: { $0.before > $1.before }) { result.nodes.insert(node, at: before) }
    return result
  }
}
