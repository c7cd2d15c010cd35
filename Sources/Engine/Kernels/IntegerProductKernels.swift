import Graphs
import Tensors

/// Exact 32-bit sums of 8-bit products by oneDNN.
enum IntegerProductKernels {
  /// The constant weights at input 1, less the zero point at input 3.
  private static func weights(_ request: KernelRequest, outputAxis: Int) -> IntegerWeights? {
    let hasZeroPoint = request.inputs.count > 3 && request.inputs[3] != nil
    guard let tensor = request.constant(1), !hasZeroPoint || request.constant(3) != nil else { return nil }
    return IntegerWeights(
      tensor, scales: [1], zeroPoints: hasZeroPoint ? request.constant(3)!.integers : [0], alongAxis: outputAxis,
      axis: outputAxis)
  }

  private static func hasZeroPoint(_ request: KernelRequest) -> Bool {
    guard request.inputs.count > 2, request.inputs[2] != nil else { return false }
    return request.constant(2).map { $0.integers.contains { $0 != 0 } } ?? true
  }

  /// Convolutions with constant weights whose sums float32 holds exactly on their way; others run the reference.
  enum ConvolutionKernel: KernelProvider {
    static let kind = ConvInteger.kind

    static func plan(_ request: KernelRequest) throws -> KernelPlan? {
      guard let op = request.node.op as? ConvInteger, let weights = weights(request, outputAxis: 0),
        weights.zeroPoint == 0, weights.largestSum(outputAxis: 0) < 1 << 24
      else { return nil }
      var zeroPoint = SourceZeroPoint.constant(0)
      if hasZeroPoint(request) {
        guard let type = request.inputs[2], type.shape.count == 1 else { return nil }
        let later = type.dataType == .int8 ? SourceZeroPoint.int8(2) : .uint8(2)
        zeroPoint = request.constant(2).map { .constant($0.integers[0]) } ?? later
      }
      return try IntegerConvolutionKernel.plan(
        request, sumsOf: op.convolution, weights: weights.integers, zeroPoint: zeroPoint)
    }
  }

  /// Products with constant weights, or with an int8 operand on the right where there are no zero points; others run the
  /// reference.
  enum MatMulKernel: KernelProvider {
    static let kind = MatMulInteger.kind

    static func plan(_ request: KernelRequest) throws -> KernelPlan? {
      guard let b = request.inputs[1] else { return nil }
      if b.shape.rank == 2, let weights = weights(request, outputAxis: 1), weights.zeroPoint == 0 {
        let sums = hasZeroPoint(request) ? (zeroPoint: 2, sums: columnSums(weights.integers)) : nil
        return try IntegerProductKernel.plan(request, right: .constant(weights.integers), correction: sums)
      }
      let hasRightZeroPoint = request.inputs.count > 3 && request.inputs[3] != nil
      guard b.dataType == .int8, !hasZeroPoint(request), !hasRightZeroPoint else { return nil }
      return try IntegerProductKernel.plan(request, right: .input(1, b.shape), correction: nil)
    }

    private static func columnSums(_ weights: Tensor) -> [Int32] {
      let columns = weights.shape[1]
      var sums = [Int32](repeating: 0, count: columns)
      for (index, weight) in weights.array(of: Int8.self).enumerated() { sums[index % columns] += Int32(weight) }
      return sums
    }
  }
}
