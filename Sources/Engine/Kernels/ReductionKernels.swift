import CKernels
import Graphs
import Tensors

/// Sums and means over any axes, in the layout that the input has where the result is the same in both.
enum ReductionKernels {
  private static func plan(_ request: KernelRequest, _ reduction: Reduction, isMean: Bool) -> KernelPlan? {
    guard request.isFloat, let x = request.inputs[0], x.shape.rank <= 16, x.shape.count > 0,
      let axes = try? reduction.resolvedAxes(rank: x.shape.rank)
    else { return nil }
    let reduced = Set(axes)
    let keptInMemory = x.axisOrder.filter { !reduced.contains($0) && x.shape[$0] != 1 }
    let layout: Layout = keptInMemory == keptInMemory.sorted() ? x.layout : .plain
    let type = PhysicalType(shape: x.shape, dataType: .float32, layout: layout)
    let dimensions = type.physicalDimensions.map { Int64($0) }
    var keep: UInt32 = 0
    for (position, axis) in type.axisOrder.enumerated() where !reduced.contains(axis) { keep |= 1 << UInt32(position) }
    let count = Int64(request.outputs[0].shape.count)
    let factor = isMean ? Float(count) / Float(x.shape.count) : 1
    return KernelPlan(inputLayouts: [layout], outputLayouts: [.plain]) {
      ClosureKernel {
        pk_reduce_sum(Int32(dimensions.count), dimensions, keep, $0.input(0), $0.output())
        if isMean { pk_scale(count, factor, $0.output()) }
      }
    }
  }

  enum SumKernel: KernelProvider {
    static let kind = ReduceSum.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? ReduceSum).flatMap { ReductionKernels.plan(request, $0.reduction, isMean: false) }
    }
  }

  enum MeanKernel: KernelProvider {
    static let kind = ReduceMean.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? ReduceMean).flatMap { ReductionKernels.plan(request, $0.reduction, isMean: true) }
    }
  }
}
