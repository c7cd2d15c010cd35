import Tensors

/// A graph that computes a loss and its gradients: the forward nodes in training form, then the backward nodes.
public struct GradientGraph: Sendable {
  /// Forward and backward nodes.
  public var graph: Graph
  /// The value that is the gradient of the loss by each parameter or input asked for.
  public var gradients: [String: String]
  /// The values to be written to parameters after a step: running statistics by parameter name.
  public var stateWrites: [String: String]
}

extension Graph {
  /// Reverse-mode differentiation: the graph with nodes added that compute the gradient of a scalar by each of the
  /// parameters (or inputs) named.
  ///
  /// - Parameters:
  ///   - loss: the scalar value to differentiate; its own gradient is 1.
  ///   - targets: parameters or inputs; those that the loss does not depend on get no entry in the result.
  ///   - training: whether operators take their training form (batch statistics, dropout) first.
  /// - Throws: `PareError.unsupported` where an operator on the way has no gradient rule.
  public func differentiated(
    loss: String, withRespectTo targets: [String], training: Bool = true
  ) throws -> GradientGraph {
    let builder = GraphBuilder(name: name)
    for input in inputs { _ = builder.adoptInput(input) }
    for (name, parameter) in parameters { builder.adoptParameter(name, parameter) }
    var stateWrites: [String: String] = [:]
    var alias: [String: String] = [:]
    for node in nodes {
      let inputs = node.inputs.map { $0.isEmpty ? nil : Value(alias[$0] ?? $0) }
      if training, let op = node.op as? any HasTrainingForm {
        let form = try op.addTrainingForm(name: node.name, inputs: inputs, in: builder)
        for (old, new) in zip(node.outputs, form.outputs) where !old.isEmpty { alias[old] = new.name }
        for (index, value) in form.stateWrites { stateWrites[node.inputs[index]] = value.name }
      } else {
        try builder.adoptNode(node, inputs: inputs)
      }
    }
    for output in outputs {
      builder.adoptOutput(name: alias[output.name] ?? output.name)
    }

    let forward = builder.graph
    var needed = Set(targets)
    for node in forward.nodes where node.inputs.contains(where: needed.contains) {
      needed.formUnion(node.outputs.filter { !$0.isEmpty })
    }
    let lossValue = alias[loss] ?? loss
    var gradients: [String: Value] = [lossValue: builder.scalar(1, name: "gradient.seed")]
    for node in forward.nodes.reversed() {
      let outputGradients = node.outputs.map { gradients[$0] }
      let wanted = node.inputs.map { needed.contains($0) }
      guard outputGradients.contains(where: { $0 != nil }), wanted.contains(true) else { continue }
      guard let op = node.op as? any Differentiable else {
        throw PareError(
          .unsupported, "operator \(node.op.kind) has no gradient; the network can be run but not trained through it",
          context: ["node": node.name, "operator": node.op.kind])
      }
      let call = GradientCall(
        inputs: node.inputs.map { $0.isEmpty ? nil : Value($0) }, outputs: node.outputs.map { Value($0) },
        outputGradients: outputGradients, wanted: wanted)
      let inputGradients = try builder.scope("gradient") { try op.inputGradients(of: call, in: builder) }
      for (index, gradient) in inputGradients.enumerated() where wanted[index] {
        guard let gradient else { continue }
        let input = node.inputs[index]
        if let earlier = gradients[input] {
          gradients[input] = try builder.scope("gradient") { try builder.add(Add(), earlier, gradient, name: "sum") }
        } else {
          gradients[input] = gradient
        }
      }
    }
    let named = targets.compactMap { target in gradients[target].map { (target, $0.name) } }
    return GradientGraph(
      graph: try builder.build(), gradients: Dictionary(uniqueKeysWithValues: named), stateWrites: stateWrites)
  }
}
