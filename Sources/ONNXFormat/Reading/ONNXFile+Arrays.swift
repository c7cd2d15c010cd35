import Foundation
import Graphs
import Tensors

extension ONNXFile {
  /// Reads a network to run it on certain arrays: extents that the file leaves open are theirs, and where shape rules
  /// read an input (axes, a shape, pads) its value becomes a constant and the input is gone.
  /// - Throws: as `read(_:inputShapes:)`.
  public static func read(_ url: URL, toRunOn arrays: [String: Tensor]) throws -> Model {
    let shapes = arrays.mapValues(\.shape)
    let model = try read(url, inputShapes: shapes, constants: [:])
    let names = model.graph.inputsForShapeRules()
    let constants = arrays.filter { name, array in
      !names.isEmpty && (names.contains(name) || (!array.dataType.isFloat && array.shape.rank <= 1))
    }
    guard !constants.isEmpty else { return model }
    return try read(url, inputShapes: shapes, constants: constants)
  }
}

extension Graph {
  /// The values that operators would have to know when the network is compiled, where that is why they cannot be run.
  fileprivate func inputsForShapeRules() -> Set<String> {
    var names = Set<String>()
    for node in nodes {
      guard let opaque = node.op as? OpaqueOperator, opaque.domain.isStandardDomain,
        let type = OperatorList.operatorType(for: opaque.type)
      else { continue }
      for (position, input) in node.inputs.enumerated() where type.attributeInputs.contains(position) {
        names.insert(input)
      }
    }
    return names
  }
}
