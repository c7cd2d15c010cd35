import Datasets
import Graphs
import Tensors

extension Split {
  /// The split with its inputs named as the network's, checked against the network's types.
  ///
  /// Where both have a single input the split's takes the network's name.
  /// - Throws: `PareError.badInput` where an input is missing or has another shape or type.
  public func matching(_ graph: Graph) throws -> Split {
    var split = self
    if inputs.count == 1, graph.inputs.count == 1, inputs[0].name != graph.inputs[0].name {
      split = renamingInputs([inputs[0].name: graph.inputs[0].name])
    }
    for port in graph.inputs {
      guard let input = split.inputs.first(where: { $0.name == port.name }) else {
        let names = inputs.map(\.name).joined(separator: ", ")
        throw PareError(.badInput, "the data has no array for the network's input \"\(port.name)\"; it has \(names)")
      }
      guard let shape = port.type.shape else { continue }
      let wanted = Array(shape.dimensions.dropFirst())
      let fits =
        wanted.count == input.shape.rank
        && zip(wanted, input.shape.dimensions).allSatisfy { $0.fixedExtent == nil || $0.fixedExtent == $1 }
      guard fits, input.dataType == port.type.dataType else {
        throw PareError(
          .badInput,
          "samples are \(input.dataType.rawValue) \(input.shape), the network's input \"\(port.name)\" is \(port.type); "
            + "open the data with the network's preparation (size, channels and layout)")
      }
    }
    return split
  }
}
