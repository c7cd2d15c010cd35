import Tensors

extension Graph {
  /// What is known of every input, parameter and value: types by the operators' shape rules.
  /// - Throws: what a shape rule throws, with node and operator named.
  public func facts() throws -> [String: InputFact] {
    var facts: [String: InputFact] = [:]
    for input in inputs { facts[input.name] = InputFact(input.type) }
    for (name, parameter) in parameters {
      let type = ValueType(parameter.dataType, ValueShape(parameter.shape))
      // Only small integers are ever read by shape rules; weights are not decoded for that.
      let isSmall = parameter.shape.count <= 4096
      facts[name] = InputFact(type, constant: isSmall ? parameter.tensor : nil)
    }
    for node in nodes {
      let inputFacts = node.inputs.map { $0.isEmpty ? nil : facts[$0] }
      do {
        let types = try node.op.outputTypes(for: inputFacts)
        let symbolic = node.op.symbolicOutput(for: inputFacts)
        for (index, (output, type)) in zip(node.outputs, types).enumerated() where !output.isEmpty {
          facts[output] = InputFact(type, symbolic: index == 0 ? symbolic : nil)
        }
      } catch let error as PareError {
        throw error.within("operator", node.op.kind).within("node", node.name)
      }
    }
    return facts
  }

  /// The shape of every input, parameter and value for a batch of `batch`; values of unknown shape are left out.
  /// - Throws: what a shape rule throws.
  public func shapes(batch: Int) throws -> [String: Shape] {
    try facts().compactMapValues { $0.type.shape?.bound(toBatch: batch) }
  }
}
