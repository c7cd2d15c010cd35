import CKernels
import Graphs
import Tensors

/// Sums of a function of every element, and a function of the sums: norms and logarithms of sums.
enum MappedReductionKernels {
  private typealias Memory = UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - map: fills its last argument with a function of as many elements of the second.
  ///   - finish: what becomes of the sums.
  private static func plan(
    _ request: KernelRequest, _ reduction: Reduction,
    map: ((_ count: Int64, _ x: Memory, _ result: Memory) -> Void)?,
    finish: ((_ count: Int64, _ sums: Memory) -> Void)? = nil
  ) -> KernelPlan? {
    guard let axes = ReducedAxes(request, reduction) else { return nil }
    var plan = axes.plan { operands in
      var source = operands.input(0)
      if let map {
        source = operands.scratch.assumingMemoryBound(to: Float.self)
        map(axes.inputCount, operands.input(0), source)
      }
      pk_reduce_sum(axes.rank, axes.dimensions, axes.keep, source, operands.output())
      finish?(axes.outputCount, operands.output())
    }
    plan.scratchBytes = map == nil ? 0 : Int(axes.inputCount) * 4
    return plan
  }

  private static func square(_ count: Int64, _ x: Memory, _ result: Memory) { pk_binary(PK_MUL, count, x, x, result) }

  enum ReduceL1Kernel: KernelProvider {
    static let kind = ReduceL1.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? ReduceL1 else { return nil }
      return MappedReductionKernels.plan(request, op.reduction, map: { pk_unary(PK_ABS, $0, $1, 0, 0, $2) })
    }
  }

  enum ReduceL2Kernel: KernelProvider {
    static let kind = ReduceL2.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? ReduceL2 else { return nil }
      return MappedReductionKernels.plan(
        request, op.reduction, map: square, finish: { pk_unary(PK_SQRT, $0, $1, 0, 0, $1) })
    }
  }

  enum ReduceSumSquareKernel: KernelProvider {
    static let kind = ReduceSumSquare.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? ReduceSumSquare else { return nil }
      return MappedReductionKernels.plan(request, op.reduction, map: square)
    }
  }

  enum ReduceLogSumKernel: KernelProvider {
    static let kind = ReduceLogSum.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? ReduceLogSum else { return nil }
      return MappedReductionKernels.plan(
        request, op.reduction, map: nil, finish: { pk_unary(PK_LOG, $0, $1, 0, 0, $1) })
    }
  }

  /// With the largest of each sum's elements taken off first, so that nothing overflows.
  enum ReduceLogSumExpKernel: KernelProvider {
    static let kind = ReduceLogSumExp.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? ReduceLogSumExp, let axes = ReducedAxes(request, op.reduction) else {
        return nil
      }
      let strides = rowMajor(axes.dimensions)
      let kept = axes.dimensions.enumerated().map { axes.keep >> UInt32($0) & 1 == 1 ? $1 : 1 }
      let topStrides = zip(kept, rowMajor(kept)).map { $0 == 1 ? 0 : $1 }
      let topBytes = AlignedMemory.padded(Int(axes.outputCount) * 4)
      var plan = axes.plan { operands in
        let tops = operands.scratch.assumingMemoryBound(to: Float.self)
        let powers = (operands.scratch + topBytes).assumingMemoryBound(to: Float.self)
        let (x, y, limit) = (operands.input(0), operands.output(), Float.greatestFiniteMagnitude)
        pk_reduce_extreme(axes.rank, axes.dimensions, axes.keep, 0, x, tops)
        // An infinite one would make the differences NaN.
        pk_unary(PK_CLIP, axes.outputCount, tops, -limit, limit, tops)
        pk_binary_broadcast(PK_SUB, axes.rank, axes.dimensions, strides, topStrides, x, tops, powers)
        pk_unary(PK_EXP, axes.inputCount, powers, 0, 0, powers)
        pk_reduce_sum(axes.rank, axes.dimensions, axes.keep, powers, y)
        pk_unary(PK_LOG, axes.outputCount, y, 0, 0, y)
        pk_binary(PK_ADD, axes.outputCount, y, tops, y)
      }
      plan.scratchBytes = topBytes + Int(axes.inputCount) * 4
      return plan
    }

    private static func rowMajor(_ extents: [Int64]) -> [Int64] {
      var strides = [Int64](repeating: 1, count: extents.count)
      for axis in extents.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * extents[axis + 1] }
      return strides
    }
  }
}
