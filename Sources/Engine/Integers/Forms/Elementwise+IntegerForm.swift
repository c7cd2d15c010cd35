import Graphs
import Tensors

extension QuantizedFunction {
  /// With integers on both sides and an activation behind that only limits.
  func binaryNode(for region: IntegerRegion) -> IntegerNode? {
    guard let output = region.output, let limits = output.limits(region.activation),
      let (a, left) = region.activation(at: 0), let (b, right) = region.activation(at: 1)
    else { return nil }
    let op = QuantizedBinary(function: self, left: left, right: right, output: output, limits: limits)
    return IntegerNode(op: op, inputs: [a, b])
  }
}

extension Add: IntegerForm {
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) -> IntegerNode? { binaryNode(for: region) }
}

extension Sub: IntegerForm {
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) -> IntegerNode? { binaryNode(for: region) }
}

extension Mul: IntegerForm {
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) -> IntegerNode? { binaryNode(for: region) }
}
