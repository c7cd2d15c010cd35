import Graphs
import Tensors

extension IntegerRegion {
  /// A mean over windows, or over all positions.
  fileprivate func average(_ pool: AveragePool?, dropsPositions: Bool = false) -> IntegerNode? {
    guard let output, let limits = output.limits(activation), let (x, input) = activation(at: 0) else { return nil }
    let op = QuantizedAverage(
      pool: pool, dropsPositions: dropsPositions, input: input, output: output, limits: limits)
    return IntegerNode(op: op, inputs: [x])
  }
}

extension AveragePool: IntegerForm {
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) -> IntegerNode? { region.average(self) }
}

extension GlobalAveragePool: IntegerForm {
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) -> IntegerNode? { region.average(nil) }
}

extension ReduceMean: IntegerForm {
  /// Over all axes behind the channels.
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) throws -> IntegerNode? {
    guard let rank = region.rank, rank >= 3 else { return nil }
    let axes = try reduction.axes.map { try Shape.normalizedAxis($0, rank: rank) }.sorted()
    guard axes == Array(2..<rank) else { return nil }
    return region.average(nil, dropsPositions: !reduction.keepDimensions)
  }
}
