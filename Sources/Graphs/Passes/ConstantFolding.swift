import Tensors

/// Replaces nodes that read only parameters by their results, where the result takes at most 1 MiB or less than what it
/// is made from. Quantized and dequantized weights stay as they are, since the integers are what the file should hold,
/// and the floats what training goes on with.
public struct ConstantFolding: GraphPass {
  /// The bytes up to which a result is stored even where it is larger than its inputs.
  public static let freeByteCount = 1 << 20

  /// Makes the pass.
  public init() {}

  /// The network with constant parts computed.
  public func apply(to graph: Graph) throws -> Graph {
    let facts = try graph.facts()
    var result = graph
    var nodes: [Node] = []
    for node in graph.nodes {
      guard !node.outputs.contains(where: graph.isOutput),
        let tensors = try folded(node, facts: facts, parameters: result)
      else {
        nodes.append(node)
        continue
      }
      for (name, tensor) in zip(node.outputs, tensors) where !name.isEmpty { result.parameters[name] = .dense(tensor) }
    }
    result.nodes = nodes
    result.removeUnusedParameters()
    try result.validate()
    return result
  }

  private func folded(_ node: Node, facts: [String: InputFact], parameters graph: Graph) throws -> [Tensor]? {
    guard !(node.op is any KeptUnfolded) else { return nil }
    let inputs = node.inputs.map { $0.isEmpty ? nil : graph.parameters[$0] }
    guard zip(node.inputs, inputs).allSatisfy({ $0.isEmpty || $1 != nil }) else { return nil }
    var outputBytes = 0
    for output in node.outputs where !output.isEmpty {
      guard let type = facts[output]?.type, let count = type.shape?.fixedShape?.checkedCount else { return nil }
      outputBytes += count * type.dataType.size
    }
    let inputBytes = inputs.reduce(0) { $0 + ($1?.byteCount ?? 0) }
    guard outputBytes <= max(Self.freeByteCount, inputBytes) else { return nil }
    do {
      return try node.op.evaluate(inputs.map { $0?.tensor }, in: EvaluationContext(batch: 1))
    } catch let error as PareError {
      // A form that Pare does not run stays in the network, unharmed.
      if error.code == .unsupported { return nil }
      throw error.within("operator", node.op.kind).within("node", node.name)
    }
  }
}

/// An operator on parameters that stays in the network rather than being computed once (dequantized weights).
public protocol KeptUnfolded: Operator {}

extension DequantizeLinear: KeptUnfolded {}

// Weights that are still trained are quantized in the network.
extension QuantizeLinear: KeptUnfolded {}
