extension Onnx_NodeProto {
  /// The names that the node's subgraphs read from outside, each once, in order of first use.
  var capturedNames: [String] {
    var captured: [String] = []
    for attribute in attribute {
      if attribute.hasG { attribute.g.collectCaptured(into: &captured) }
      for graph in attribute.graphs { graph.collectCaptured(into: &captured) }
    }
    var seen = Set<String>()
    return captured.filter { seen.insert($0).inserted }
  }

  /// Renames what the node reads, also inside its subgraphs where a name of their own does not hide it.
  mutating func renameInputs(_ names: [String: String]) {
    guard !names.isEmpty else { return }
    input = input.map { names[$0] ?? $0 }
    for index in attribute.indices {
      if attribute[index].hasG { attribute[index].g.renameCaptured(names) }
      for graph in attribute[index].graphs.indices { attribute[index].graphs[graph].renameCaptured(names) }
    }
  }
}

extension Onnx_GraphProto {
  /// The names that the graph itself makes.
  private var ownNames: Set<String> {
    var names = Set(input.map(\.name))
    names.formUnion(initializer.map(\.name))
    names.formUnion(sparseInitializer.map(\.values.name))
    for node in node { names.formUnion(node.output) }
    return names
  }

  fileprivate func collectCaptured(into captured: inout [String]) {
    let own = ownNames
    for node in node {
      captured += (node.input + node.capturedNames).filter { !$0.isEmpty && !own.contains($0) }
    }
    captured += output.map(\.name).filter { !own.contains($0) }
  }

  fileprivate mutating func renameCaptured(_ names: [String: String]) {
    let own = ownNames
    let visible = names.filter { !own.contains($0.key) }
    for index in node.indices { node[index].renameInputs(visible) }
    for index in output.indices { output[index].name = visible[output[index].name] ?? output[index].name }
  }
}
