import Graphs
import Tensors

extension Convolution: IntegerForm {
  /// With constant 8-bit weights and a constant bias or none.
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) throws -> IntegerNode? {
    guard let (x, input) = region.activation(at: 0), let weights = region.weights(at: 1, outputAxis: 0),
      weights.zeroPoint == 0
    else { return nil }
    let op = QuantizedConvolution(
      convolution: self, activation: region.activation, input: input, weightScales: weights.scales,
      output: region.output)
    var inputs = [x, writer.constant(weights.integers, key: "\(region.node.inputs[1]).integers")]
    if !region.isAbsent(2) {
      guard let bias = region.numbers(at: 2) else { return nil }
      inputs.append(writer.constant(bias, key: "\(region.node.inputs[2]).numbers"))
    }
    return IntegerNode(op: op, inputs: inputs)
  }
}
