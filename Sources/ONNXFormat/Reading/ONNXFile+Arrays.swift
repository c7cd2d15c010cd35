import Foundation
import Graphs
import Tensors

extension ONNXFile {
  /// Reads a network to run it on certain arrays: extents that the file leaves open are theirs, and where shape rules
  /// read an input (axes, a shape, pads) its value becomes a constant and the input is gone.
  /// - Returns: the network, and the arrays without those that became constants.
  /// - Throws: as `read(_:inputShapes:)`.
  public static func read(
    _ url: URL, toRunOn arrays: [String: Tensor]
  ) throws -> (model: Model, inputs: [String: Tensor]) {
    // Extents of 0 must be known from the start, since a batch of nothing is none.
    var shapes = arrays.values.contains { $0.count == 0 } ? arrays.mapValues(\.shape) : [:]
    let model: Model
    do {
      model = try read(url, shapesOfData: shapes)
    } catch let error as PareError where error.code == .unsupported && shapes.isEmpty {
      shapes = arrays.mapValues(\.shape)
      model = try read(url, shapesOfData: shapes)
    }
    let names = model.graph.inputsForShapeRules()
    let constants = arrays.filter { name, array in
      !names.isEmpty && (names.contains(name) || (!array.dataType.isFloat && array.shape.rank <= 1))
    }
    guard !constants.isEmpty else { return (model, arrays) }
    let bound = try read(url, inputShapes: shapes, constants: constants)
    return (bound, arrays.filter { constants[$0.key] == nil })
  }

  /// Reads a network for shapes that are those of data, not of an option.
  private static func read(_ url: URL, shapesOfData shapes: [String: Shape]) throws -> Model {
    do {
      return try read(url, inputShapes: shapes)
    } catch var error as PareError where error.code == .usage {
      error.code = .badInput
      throw error
    }
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
