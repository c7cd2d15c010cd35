import CKernels
import Graphs
import Tensors

/// Largest and smallest elements, the places of them, and the first k.
enum ExtremeKernels {
  private static func reduction(_ request: KernelRequest, _ reduction: Reduction, minimum: Int32) -> KernelPlan? {
    guard let axes = ReducedAxes(request, reduction) else { return nil }
    return axes.plan {
      pk_reduce_extreme(axes.rank, axes.dimensions, axes.keep, minimum, $0.input(0), $0.output())
    }
  }

  enum ReduceMaxKernel: KernelProvider {
    static let kind = ReduceMax.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? ReduceMax).flatMap { reduction(request, $0.reduction, minimum: 0) }
    }
  }

  enum ReduceMinKernel: KernelProvider {
    static let kind = ReduceMin.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? ReduceMin).flatMap { reduction(request, $0.reduction, minimum: 1) }
    }
  }

  /// Over one run of neighbouring axes, row-major; other patterns run the reference.
  enum ReduceExtremeGradientKernel: KernelProvider {
    static let kind = ReduceExtremeGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? ReduceExtremeGradient, request.isFloat, let x = request.inputs[1]?.shape,
        x.count > 0, let axes = try? op.reduction.resolvedAxes(rank: x.rank), let first = axes.first,
        let last = axes.last, axes.count == last - first + 1
      else { return nil }
      let outer = Int64(x.dimensions[..<first].reduce(1, *))
      let inner = Int64(x.dimensions[(last + 1)...].reduce(1, *))
      let extent = Int64(x.count) / (outer * inner)
      return .plain(request) {
        ClosureKernel {
          pk_reduce_extreme_gradient(outer, extent, inner, $0.input(1), $0.input(2), $0.input(0), $0.output())
        }
      }
    }
  }

  /// The elements in front of, along and behind an axis in memory order.
  private static func blocks(_ type: PhysicalType, axis: Int) -> (outer: Int64, extent: Int64, inner: Int64) {
    let place = type.axisOrder.firstIndex(of: axis)!
    let extents = type.physicalDimensions
    return (
      Int64(extents[..<place].reduce(1, *)), Int64(extents[place]), Int64(extents[(place + 1)...].reduce(1, *))
    )
  }

  private static func places(_ request: KernelRequest, _ search: ArgExtreme, minimum: Int32) -> KernelPlan? {
    guard var x = request.inputs[0], x.dataType == .float32, x.shape.count > 0, x.shape.rank > 0,
      let axis = try? Shape.normalizedAxis(search.axis, rank: x.shape.rank)
    else { return nil }
    // Without the channels, what is left of an image lies alike in both layouts.
    x.layout = axis == 1 ? x.layout : .plain
    let (outer, extent, inner) = blocks(x, axis: axis)
    let last: Int32 = search.selectsLast ? 1 : 0
    return KernelPlan(inputLayouts: [x.layout], outputLayouts: [.plain]) {
      ClosureKernel {
        pk_arg_extreme(
          outer, extent, inner, minimum, last, $0.input(0), $0.outputs[0]!.assumingMemoryBound(to: Int64.self))
      }
    }
  }

  enum ArgMaxKernel: KernelProvider {
    static let kind = ArgMax.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? ArgMax).flatMap { places(request, $0.search, minimum: 0) }
    }
  }

  enum ArgMinKernel: KernelProvider {
    static let kind = ArgMin.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? ArgMin).flatMap { places(request, $0.search, minimum: 1) }
    }
  }

  enum TopKKernel: KernelProvider {
    static let kind = TopK.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? TopK, var x = request.inputs[0], x.dataType == .float32, x.shape.count > 0,
        let axis = try? Shape.normalizedAxis(op.axis, rank: x.shape.rank)
      else { return nil }
      x.layout = .plain
      let (outer, extent, inner) = blocks(x, axis: axis)
      let (count, largest) = (Int64(op.count), Int32(op.takesLargest ? 1 : 0))
      return .plain(request) {
        ClosureKernel { operands in
          let places = operands.outputs.count > 1 ? operands.outputs[1] : nil
          pk_top_k(
            outer, extent, inner, count, largest, operands.input(0),
            operands.outputs[0]?.assumingMemoryBound(to: Float.self), places?.assumingMemoryBound(to: Int64.self))
        }
      }
    }
  }
}
