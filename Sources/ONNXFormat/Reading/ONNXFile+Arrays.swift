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
    try Model.bound(to: arrays) { try read(url, inputShapes: $0, constants: $1) }
  }
}

extension Model {
  /// Reads a network to run it on certain arrays, see `ONNXFile.read(_:toRunOn:)`.
  /// - Parameter read: reads the file with shapes and constants by input.
  package static func bound(
    to arrays: [String: Tensor],
    reading read: (_ inputShapes: [String: Shape], _ constants: [String: Tensor]) throws -> Model
  ) throws -> (model: Model, inputs: [String: Tensor]) {
    /// The network for shapes that are those of data, not of an option.
    func model(forData shapes: [String: Shape]) throws -> Model {
      do {
        return try read(shapes, [:])
      } catch var error as PareError where error.code == .usage {
        error.code = .badInput
        throw error
      }
    }
    // Extents of 0 must be known from the start, since a batch of nothing is none.
    var shapes = arrays.values.contains { $0.count == 0 } ? arrays.mapValues(\.shape) : [:]
    let found: Model
    do {
      found = try model(forData: shapes)
    } catch let error as PareError where error.code == .unsupported && shapes.isEmpty {
      shapes = arrays.mapValues(\.shape)
      found = try model(forData: shapes)
    }
    let names = found.graph.inputsForShapeRules()
    let constants = arrays.filter { name, array in
      !names.isEmpty && (names.contains(name) || (!array.dataType.isFloat && array.shape.rank <= 1))
    }
    guard !constants.isEmpty else { return (found, arrays) }
    return (try read(shapes, constants), arrays.filter { constants[$0.key] == nil })
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
