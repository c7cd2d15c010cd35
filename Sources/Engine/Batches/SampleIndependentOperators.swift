import Graphs

// What exists only inside compiled programs, in the eyes of batches that run in parts.

extension FusedConvolution: SampleIndependent {
  package func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    SampleOperand.areBatched(operands, residual: 3)
  }
}

extension ConvolutionChain: SampleIndependent {
  package func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    SampleOperand.areBatched(operands, residual: residualIndex)
  }
}

extension SampleOperand {
  /// Whether the first operand is batched, the residual, where there is one, as well, and no other.
  fileprivate static func areBatched(_ operands: [SampleOperand?], residual: Int) -> Bool {
    guard operands.first??.isBatched == true else { return false }
    return operands.enumerated().allSatisfy { index, operand in
      operand.map { $0.isBatched == (index == 0 || index == residual) } ?? true
    }
  }
}

extension QuantizedConvolution: SampleIndependent {}
extension QuantizedAverage: SampleIndependent {}
extension LookupTable: SampleIndependent {}
extension ChannelShuffle: SampleIndependent {}

extension QuantizedProduct: SampleIndependent {
  package func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    SampleOperand.onlyFirstIsBatched(operands) && operands.count > 1 && operands[1]?.shape.rank == 2
  }
}

extension QuantizedBinary: SampleIndependent {
  package func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool { SampleOperand.areAligned(operands) }
}
