import CKernels
import Graphs
import Tensors

/// The axes of a reduction in memory order.
struct ReducedAxes {
  /// That of the input, in which the result comes out row-major.
  let layout: Layout
  /// The input's extents in memory order, and which of them stay (bit i: axis i).
  let dimensions: [Int64]
  let keep: UInt32
  /// The numbers of elements before and after.
  let inputCount: Int64
  let outputCount: Int64

  init?(_ request: KernelRequest, _ reduction: Reduction) {
    guard request.isFloat, let x = request.inputs[0], x.shape.rank <= 16, x.shape.count > 0,
      let axes = try? reduction.resolvedAxes(rank: x.shape.rank)
    else { return nil }
    let reduced = Set(axes)
    let keptInMemory = x.axisOrder.filter { !reduced.contains($0) && x.shape[$0] != 1 }
    layout = keptInMemory == keptInMemory.sorted() ? x.layout : .plain
    let type = PhysicalType(shape: x.shape, dataType: .float32, layout: layout)
    dimensions = type.physicalDimensions.map { Int64($0) }
    keep = type.axisOrder.enumerated().reduce(0) { reduced.contains($1.element) ? $0 : $0 | 1 << UInt32($1.offset) }
    inputCount = Int64(x.shape.count)
    outputCount = Int64(request.outputs[0].shape.count)
  }

  var rank: Int32 { Int32(dimensions.count) }

  /// The extent of the fastest axis where that alone is kept; nil elsewhere.
  var columnCount: Int? {
    guard let last = dimensions.indices.last,
      dimensions.indices.allSatisfy({ (keep >> UInt32($0) & 1 == 1) == ($0 == last) || dimensions[$0] == 1 })
    else { return nil }
    return Int(dimensions[last])
  }

  func plan(_ run: @escaping (Operands) -> Void) -> KernelPlan {
    KernelPlan(inputLayouts: [layout], outputLayouts: [.plain]) { ClosureKernel(run) }
  }
}

/// Sums and means over any axes, in the layout that the input has where the result is the same in both.
enum ReductionKernels {
  private static func plan(_ request: KernelRequest, _ reduction: Reduction, isMean: Bool) -> KernelPlan? {
    guard let axes = ReducedAxes(request, reduction) else { return nil }
    let factor = isMean ? Float(axes.outputCount) / Float(axes.inputCount) : 1
    if request.isKeptInBFloat16(0), let columns = axes.columnCount, !isMean {
      var plan = KernelPlan(
        inputLayouts: [axes.layout], outputLayouts: [.plain], scratchBytes: Int(pk_max_threads()) * columns * 8
      ) {
        ClosureKernel {
          pk_column_sums_bf16(
            axes.inputCount / Int64(columns), Int64(columns), $0.bfloat16Input(0), $0.output(),
            $0.scratch.assumingMemoryBound(to: Double.self))
        }
      }
      plan.inputTypes = [.bfloat16]
      return plan
    }
    return axes.plan {
      pk_reduce_sum(axes.rank, axes.dimensions, axes.keep, $0.input(0), $0.output())
      if isMean { pk_scale(axes.outputCount, factor, $0.output()) }
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
