import Tensors

// Operators that read one value with a row for each sample, and otherwise what is the same for all samples.

extension Convolution: SampleIndependent {}
extension TransposedConvolution: SampleIndependent {}
extension MaxPool: SampleIndependent {}
extension AveragePool: SampleIndependent {}
extension GlobalAveragePool: SampleIndependent {}
extension GlobalMaxPool: SampleIndependent {}
extension BatchNormalization: SampleIndependent {}
extension InstanceNormalization: SampleIndependent {}
extension GroupNormalization: SampleIndependent {}
extension QuantizeLinear: SampleIndependent {}
extension DequantizeLinear: SampleIndependent {}
extension QLinearConv: SampleIndependent {}
extension ConvInteger: SampleIndependent {}
extension Resize: SampleIndependent {}
extension Dropout: SampleIndependent {}
extension StochasticDepth: SampleIndependent {}
extension Cast: SampleIndependent {}
extension DepthToSpace: SampleIndependent {}
extension SpaceToDepth: SampleIndependent {}
// In row-major order a leading axis that stays what it is keeps rows together.
extension Reshape: SampleIndependent {}
extension Flatten: SampleIndependent {}

// Operators with an axis, or a side, that must not be the batch's.

extension LayerNormalization: SampleIndependent {
  /// What is normalised lies within a sample.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    SampleOperand.onlyFirstIsBatched(operands) && SampleOperand.isBehindBatch(axis, operands)
  }
}

extension Softmax: SampleIndependent {
  /// The axis lies within a sample.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool { SampleOperand.isBehindBatch(axis, operands) }
}

extension LogSoftmax: SampleIndependent {
  /// The axis lies within a sample.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool { SampleOperand.isBehindBatch(axis, operands) }
}

extension Concat: SampleIndependent {
  /// Every part has the samples, and they are joined along another axis.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    operands.allSatisfy { $0?.isBatched ?? false } && SampleOperand.isBehindBatch(axis, operands)
  }
}

extension AxisSplit: SampleIndependent {
  /// The axis lies within a sample.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    SampleOperand.onlyFirstIsBatched(operands) && SampleOperand.isBehindBatch(axis, operands)
  }
}

extension Slice: SampleIndependent {
  /// All axes lie within a sample.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    SampleOperand.onlyFirstIsBatched(operands) && axes.allSatisfy { SampleOperand.isBehindBatch($0, operands) }
  }
}

/// Along an axis that stays as long as it is nothing is added in front.
extension Pad: SampleIndependent {}

extension Transpose: SampleIndependent {
  /// The samples' axis stays in front; without a permutation the axes are reversed.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    SampleOperand.onlyFirstIsBatched(operands) && permutation?.first == 0
  }
}

extension ReduceMean: SampleIndependent {
  /// No axis is that of the samples.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    reduction.keepsSamplesApart(operands)
  }
}

extension ReduceSum: SampleIndependent {
  /// No axis is that of the samples.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    reduction.keepsSamplesApart(operands)
  }
}

extension ReduceMax: SampleIndependent {
  /// No axis is that of the samples.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    reduction.keepsSamplesApart(operands)
  }
}

extension Reduction {
  fileprivate func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    guard SampleOperand.onlyFirstIsBatched(operands), let rank = operands.first??.shape.rank,
      let axes = try? resolvedAxes(rank: rank)
    else { return false }
    return !axes.contains(0)
  }
}

extension Gemm: SampleIndependent {
  /// The rows of the first factor are samples; what is added is one row for all of them.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    guard !transposeA, SampleOperand.onlyFirstIsBatched(operands) else { return false }
    guard operands.count > 2, let added = operands[2]?.shape else { return true }
    return added.rank < 2 || added[0] == .fixed(1)
  }
}

extension MatMul: SampleIndependent {
  /// Samples are rows of the first factor, or matrices of their own on both sides.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool {
    guard operands.count == 2, let a = operands[0], let b = operands[1], a.shape.rank >= 2, b.shape.rank >= 2 else {
      return false
    }
    guard b.isBatched else { return a.isBatched && b.shape.rank <= max(2, a.shape.rank - 1) }
    return SampleOperand.areAligned([a, b]) && a.shape.rank >= 3
  }
}

extension Where: SampleIndependent {
  /// What broadcasts has the samples on one axis.
  public func keepsSamplesApart(_ operands: [SampleOperand?]) -> Bool { SampleOperand.areAligned(operands) }
}
