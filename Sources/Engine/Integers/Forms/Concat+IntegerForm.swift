import Graphs
import Tensors

extension Concat: IntegerForm {
  /// Inputs of another scale than the result's go through a table first.
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) throws -> IntegerNode? {
    guard let output = region.output, case .none = region.activation else { return nil }
    let sources = region.inputs.indices.compactMap { region.activation(at: $0) }
    guard sources.count == region.inputs.count else { return nil }
    let inputs = try sources.map { name, format in
      if format == output { return name }
      return writer.add(try LookupTable(from: format, to: output), [name], stem: "\(name).rescaled")
    }
    return IntegerNode(op: self, inputs: inputs)
  }
}
