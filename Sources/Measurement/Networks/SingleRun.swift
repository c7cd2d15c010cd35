import Engine
import Graphs
import Tensors

/// One run of a network on tensors of the caller's, compiled for just their shapes.
public enum SingleRun {
  /// The outputs by name.
  ///
  /// Floats of another width are converted.
  /// - Throws: `PareError.usage` for an input that is missing, unknown, or of another batch than the others;
  ///   `PareError.badInput` for one of another shape or type; `PareError.unsupported` where an operator cannot be run.
  public static func outputs(
    of graph: Graph, for inputs: [String: Tensor], engine: Engine
  ) throws -> [String: Tensor] {
    let names = graph.inputs.map(\.name)
    let list = names.joined(separator: ", ")
    if let unknown = inputs.keys.sorted().first(where: { !names.contains($0) }) {
      throw PareError(.usage, "the network has no input \"\(unknown)\"; it has \(list)")
    }
    if let missing = names.first(where: { inputs[$0] == nil }) {
      throw PareError(.usage, "the input \"\(missing)\" is missing; the network has \(list)")
    }
    var values = inputs
    for port in graph.inputs {
      let type = port.type.dataType
      guard let value = values[port.name], type.isFloat, value.dataType.isFloat else { continue }
      values[port.name] = value.dataType == type ? value : value.cast(to: type)
    }
    let session = try Network(graph: graph).makeSession(batch: try batch(of: graph, values), engine: engine)
    return try session.run(values)
  }

  /// The batch that the tensors imply; 1 where no input depends on it.
  private static func batch(of graph: Graph, _ values: [String: Tensor]) throws -> Int {
    var batch: Int?
    for port in graph.inputs {
      guard let shape = port.type.shape, let given = values[port.name]?.shape else { continue }
      guard shape.rank == given.rank else {
        throw PareError(.badInput, "input \"\(port.name)\" is \(given), the network wants \(port.type)")
      }
      for axis in 0..<shape.rank {
        guard case .batch(let factor) = shape[axis], factor > 0 else { continue }
        guard given[axis] > 0, given[axis].isMultiple(of: factor) else {
          throw PareError(.badInput, "input \"\(port.name)\" is \(given), the network wants \(port.type)")
        }
        guard batch == nil || batch == given[axis] / factor else {
          throw PareError(
            .usage, "input \"\(port.name)\" is \(given), but other inputs hold \(batch ?? 0) samples")
        }
        batch = given[axis] / factor
      }
    }
    return batch ?? 1
  }
}
