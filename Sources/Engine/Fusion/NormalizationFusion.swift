import Graphs

/// Fuses batch normalisation in training with the residual sum and the rectifier (ReLU or ReLU6) that follow it, and their
/// gradients: each is one kernel in place of three, and neither the normalised values nor the sum are kept.
struct NormalizationFusion {
  private let graph: Graph
  private let kept: Set<String>
  private let consumers: [String: [Int]]
  private let producers: [String: Int]
  /// The gradient of a normalisation that takes in each rectifier's gradient.
  private let partners: [Int: Int]

  /// - Parameter kept: values that must exist in the end, beside the graph's outputs.
  init(_ graph: Graph, kept: Set<String>) {
    self.graph = graph
    self.kept = kept
    consumers = graph.consumers()
    producers = graph.producers()
    var partners: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() where node.op is ReluGradient || node.op is ClipGradient {
      guard Rectifier(node.op) != nil else { continue }
      let masked = node.outputs[0]
      partners[index] = consumers[masked]?.first { [graph, producers] reader in
        let next = graph.nodes[reader]
        return next.op is BatchNormalizationGradient && next.inputs[0] == masked && !next.inputs[1...].contains(masked)
          && next.inputs.dropFirst().allSatisfy { (producers[$0] ?? -1) < index }
      }
    }
    self.partners = partners
  }

  /// The graph with fused normalisations.
  func applied() throws -> Graph {
    guard graph.nodes.contains(where: { $0.op is BatchNormalizationTraining }) else { return graph }
    let facts = try graph.facts()
    var result = graph
    var removed = Set<Int>()
    // The output of each rectifier whose input is gone, and the node that makes each output.
    var rectified: [String: String] = [:]
    var fused: [String: Node] = [:]
    for (index, node) in graph.nodes.enumerated() {
      guard let op = node.op as? BatchNormalizationTraining else { continue }
      var (value, inputs, between) = (node.outputs[0], node.inputs, [index])
      if let sum = onlyReader(of: value), !removed.contains(sum), graph.nodes[sum].op is Add,
        let residual = graph.nodes[sum].inputs.first(where: { $0 != value }), graph.parameters[residual] == nil,
        facts[residual]?.type == facts[value]?.type
      {
        inputs.append(residual)
        between.append(sum)
        value = graph.nodes[sum].outputs[0]
      }
      guard let last = rectifierBehind(value), let rectifier = Rectifier(graph.nodes[last].op) else { continue }
      // The rectifier's place is behind all operands; statistics are read by nobody before the backward pass.
      let statistics = node.outputs.dropFirst().flatMap { consumers[$0] ?? [] }
      guard statistics.allSatisfy({ $0 > last }), inputs.allSatisfy({ (producers[$0] ?? -1) < last }) else { continue }
      removed.formUnion(between)
      rectified[value] = graph.nodes[last].outputs[0]
      result.nodes[last] = Node(
        name: node.name, op: FusedNormalization(normalization: op, rectifier: rectifier), inputs: inputs,
        outputs: graph.nodes[last].outputs + node.outputs.dropFirst())
      fused[result.nodes[last].outputs[0]] = result.nodes[last]
    }
    for (index, partner) in partners {
      let (node, gradient) = (graph.nodes[index], graph.nodes[partner])
      // ReLU's gradient reads its output as it is, that of a limit its input.
      guard let y = node.op is ReluGradient ? node.inputs[1] : rectified[node.inputs[1]] else { continue }
      let isRead = consumers[node.outputs[0]]!.count > 1 || isKept(node.outputs[0])
      removed.insert(partner)
      // Without a residual the normalisation's own operands say where the rectifier let values pass.
      let shift = fused[y].flatMap { made -> String? in
        made.inputs.count == 5 && made.inputs[0] == gradient.inputs[1] && made.outputs[3] == gradient.inputs[3]
          ? made.inputs[2] : nil
      }
      result.nodes[index] = Node(
        name: gradient.name,
        op: FusedNormalizationGradient(rectifier: Rectifier(node.op)!, readsOutput: shift == nil),
        inputs: [node.inputs[0]] + gradient.inputs[1...] + [shift ?? y],
        outputs: gradient.outputs + [isRead ? node.outputs[0] : ""])
    }
    result.nodes = result.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    return result
  }

  private func isKept(_ value: String) -> Bool { kept.contains(value) || graph.isOutput(value) }

  private func onlyReader(of value: String) -> Int? {
    guard !isKept(value), let readers = consumers[value], readers.count == 1 else { return nil }
    return readers[0]
  }

  /// The rectifier that reads a value, where beside it only gradients do that will read the rectifier's output instead.
  private func rectifierBehind(_ value: String) -> Int? {
    guard !isKept(value), let readers = consumers[value],
      let last = readers.first(where: { graph.nodes[$0].op is Relu || graph.nodes[$0].op is Clip }),
      let rectifier = Rectifier(graph.nodes[last].op)
    else { return nil }
    let others = readers.filter { $0 != last }
    return others.allSatisfy { other in
      let gradient = graph.nodes[other]
      return gradient.op is ClipGradient && partners[other] != nil && Rectifier(gradient.op) == rectifier
        && gradient.inputs[0] != value
    } ? last : nil
  }
}
