import Graphs
import Tensors

extension MatMul: IntegerForm {
  /// With constant 8-bit weights, or an int8 activation, on the right.
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) throws -> IntegerNode? {
    guard let rank = region.rank, rank >= 2, let (x, left) = region.activation(at: 0) else { return nil }
    if let weights = region.weights(at: 1, outputAxis: 1), weights.integers.shape.rank == 2 {
      let op = QuantizedProduct(
        transposesRight: false, left: left, rightScales: weights.scales, rightZeroPoint: weights.zeroPoint,
        activation: region.activation, output: region.output)
      return IntegerNode(
        op: op, inputs: [x, writer.constant(weights.integers, key: "\(region.node.inputs[1]).integers")])
    }
    guard let (y, right) = region.activation(at: 1), right.dataType == .int8 else { return nil }
    let op = QuantizedProduct(
      transposesRight: false, left: left, rightScales: [right.scale], rightZeroPoint: right.zeroPoint,
      activation: region.activation, output: region.output)
    return IntegerNode(op: op, inputs: [x, y])
  }
}

extension Gemm: IntegerForm {
  /// With constant 8-bit weights and a constant bias of one number per column, or none.
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) throws -> IntegerNode? {
    guard !transposeA, alpha > 0, let (x, left) = region.activation(at: 0),
      let weights = region.weights(at: 1, outputAxis: transposeB ? 0 : 1)
    else { return nil }
    let columns = weights.integers.shape[transposeB ? 0 : 1]
    let op = QuantizedProduct(
      transposesRight: transposeB, left: left, rightScales: weights.scales.map { $0 * alpha },
      rightZeroPoint: weights.zeroPoint, activation: region.activation, output: region.output)
    var inputs = [x, writer.constant(weights.integers, key: "\(region.node.inputs[1]).integers")]
    if !region.isAbsent(2), beta != 0 {
      guard let bias = region.numbers(at: 2), bias.shape.count == columns, bias.shape.dimensions.last == columns else {
        return nil
      }
      let scaled = Tensor(bias.floats.map { $0 * beta })
      inputs.append(writer.constant(scaled, key: "\(region.node.inputs[2]).numbers times \(beta)"))
    }
    return IntegerNode(op: op, inputs: inputs)
  }
}
