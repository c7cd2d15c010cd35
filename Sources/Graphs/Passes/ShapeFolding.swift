import Tensors

/// Replaces values that follow from shapes alone, and do not depend on the batch, by parameters: what is left of
/// Shape, Gather, Concat chains. The nodes that made them go with `DeadNodeElimination`.
public struct ShapeFolding: GraphPass {
  /// Makes the pass.
  public init() {}

  /// The network with known integer values as parameters.
  public func apply(to graph: Graph) throws -> Graph {
    let facts = try graph.facts()
    var result = graph
    result.nodes.removeAll { node in
      guard node.outputs.count == 1, !graph.isOutput(node.outputs[0]), let fact = facts[node.outputs[0]],
        fact.symbolic != nil, let tensor = fact.knownTensor
      else { return false }
      result.parameters[node.outputs[0]] = .dense(tensor)
      return true
    }
    result.removeUnusedParameters()
    try result.validate()
    return result
  }
}

extension InputFact {
  /// The value, where it is a constant or follows from shapes without depending on the batch.
  package var knownTensor: Tensor? {
    if let constant { return constant }
    guard let symbolic, let shape = type.shape?.fixedShape, shape.count == symbolic.count, !type.dataType.isFloat else {
      return nil
    }
    let extents = symbolic.compactMap(\.fixedExtent)
    guard extents.count == symbolic.count else { return nil }
    return Tensor(extents.map { Int64($0) }, shape: shape).cast(to: type.dataType)
  }
}
