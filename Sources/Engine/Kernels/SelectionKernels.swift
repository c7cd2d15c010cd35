import CKernels
import Graphs
import Tensors

/// A choice by a condition with broadcasting, of any element type, in whatever layouts the values have.
enum WhereKernel: KernelProvider {
  static let kind = Where.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    let (shape, type) = (request.outputs[0].shape, request.outputs[0].dataType)
    guard let condition = request.inputs[0], let a = request.inputs[1], let b = request.inputs[2], shape.rank <= 16
    else { return nil }
    // The result lies as its largest input does; equal shapes then are walked as one.
    let layout = [a, b, condition].first { $0.shape == shape }?.layout ?? .plain
    let result = PhysicalType(shape: shape, dataType: type, layout: layout)
    let dimensions = result.physicalDimensions.map { Int64($0) }
    let types = [condition, a, b].map { input in
      PhysicalType(
        shape: input.shape, dataType: input.dataType, layout: input.shape == shape ? layout : input.layout)
    }
    let strides = types.map { $0.strides(over: result) }
    var plan = KernelPlan(inputLayouts: types.map(\.layout), outputLayouts: [layout]) {
      ClosureKernel {
        pk_where(
          Int32(dimensions.count), dimensions, strides[0], strides[1], strides[2], Int32(type.size),
          $0.inputs[0]!.assumingMemoryBound(to: UInt8.self), $0.inputs[1]!, $0.inputs[2]!, $0.outputs[0]!)
      }
    }
    plan.inPlace = [1, 2].filter { types[$0].shape == shape }.map { (0, $0) }
    return plan
  }
}

/// A mask of the largest elements of each line, in the layout in which lines lie together where there is one.
enum TopKMaskKernel: KernelProvider {
  static let kind = TopKMask.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard request.isFloat, let op = request.node.op as? TopKMask, let x = request.inputs[0], x.shape.rank > 0 else {
      return nil
    }
    let axis = try Shape.normalizedAxis(op.axis, rank: x.shape.rank)
    let layout: Layout = x.shape.rank > 2 && axis == 1 ? .channelsLast : .plain
    let order = PhysicalType(shape: x.shape, dataType: .float32, layout: layout).axisOrder
    let place = order.firstIndex(of: axis)!
    let outer = order[..<place].reduce(1) { $0 * x.shape[$1] }
    let inner = order[(place + 1)...].reduce(1) { $0 * x.shape[$1] }
    let (extent, count) = (Int64(x.shape[axis]), Int64(op.count))
    return KernelPlan(inputLayouts: [layout], outputLayouts: [layout]) {
      ClosureKernel { pk_top_k_mask(Int64(outer), extent, Int64(inner), count, $0.input(0), $0.output()) }
    }
  }
}

/// Zeros on the diagonals of matrices.
enum WithoutDiagonalKernel: KernelProvider {
  static let kind = WithoutDiagonal.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard request.isFloat, let x = request.inputs[0], x.shape.rank >= 2 else { return nil }
    let (rows, columns) = (x.shape[x.shape.rank - 2], x.shape[x.shape.rank - 1])
    let (size, count) = (rows * columns, x.shape.count)
    var plan = KernelPlan.plain(request) {
      ClosureKernel { operands in
        let (x, y) = (operands.input(0), operands.output())
        if x != y { y.update(from: x, count: count) }
        for matrix in stride(from: 0, to: count, by: max(size, 1)) {
          for index in 0..<min(rows, columns) { y[matrix + index * (columns + 1)] = 0 }
        }
      }
    }
    plan.inPlace = [(0, 0)]
    return plan
  }
}
