import Tensors

extension GraphBuilder {
  /// Takes over an input of another graph under its own name.
  package func adoptInput(_ port: GraphPort) -> Value {
    record(name: port.name, fact: InputFact(port.type)) { $0.inputs.append(port) }
    return Value(port.name)
  }

  /// Takes over a parameter of another graph under its own name.
  package func adoptParameter(_ name: String, _ parameter: Parameter) {
    let type = ValueType(parameter.dataType, ValueShape(parameter.shape))
    let constant = parameter.shape.count <= 4096 ? parameter.tensor : nil
    record(name: name, fact: InputFact(type, constant: constant)) { $0.parameters[name] = parameter }
  }

  /// Takes over a node of another graph under its own names, reading other values where asked to.
  package func adoptNode(_ node: Node, inputs: [Value?]) throws {
    try add(node.op, inputs, adoptedName: node.name, outputs: node.outputs)
  }

  /// Declares a value of the graph as an output.
  package func adoptOutput(name: String) {
    let port = GraphPort(name, facts[name]!.type)
    edit { $0.outputs.append(port) }
  }
}
