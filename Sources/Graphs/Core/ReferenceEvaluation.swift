import Tensors

/// Runs a graph by its operators' reference evaluations: slow, exact, and the yardstick of every kernel.
public struct ReferenceEvaluation: Sendable {
  /// Every value that the run made, by name.
  public let values: [String: Tensor]

  /// Evaluates a graph. Give float64 inputs and set `double` to compute in double precision throughout.
  /// - Throws: what an operator throws, with node and operator named.
  public init(
    of graph: Graph, inputs: [String: Tensor], batch: Int, double: Bool = false, seed: UInt64 = 0
  ) throws {
    func prepared(_ tensor: Tensor) -> Tensor {
      double && tensor.dataType == .float32 ? tensor.cast(to: .float64) : tensor
    }
    var values: [String: Tensor] = [:]
    for (name, parameter) in graph.parameters { values[name] = prepared(parameter.tensor) }
    for input in graph.inputs {
      guard let tensor = inputs[input.name] else {
        throw PareError(.usage, "input \"\(input.name)\" is missing")
      }
      values[input.name] = prepared(tensor)
    }
    let context = EvaluationContext(batch: batch, seed: seed)
    for node in graph.nodes {
      do {
        let outputs = try node.op.evaluate(node.inputs.map { $0.isEmpty ? nil : values[$0] }, in: context)
        for (name, tensor) in zip(node.outputs, outputs) where !name.isEmpty { values[name] = tensor }
      } catch let error as PareError {
        throw error.within("operator", node.op.kind).within("node", node.name)
      }
    }
    self.values = values
  }
}
