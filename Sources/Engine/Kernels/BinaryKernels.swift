import CKernels
import Graphs
import Tensors

/// Elementwise functions of two values with broadcasting, in whatever layouts they have.
enum BinaryKernels {
  static func plan(_ request: KernelRequest, _ op: pk_binary_op) -> KernelPlan? {
    guard request.isFloat, let a = request.inputs[0], let b = request.inputs[1] else { return nil }
    let shape = request.outputs[0].shape
    guard shape.rank <= 16 else { return nil }
    // The result lies as its largest input does.
    let leader = a.shape == shape ? a : b
    let layout = leader.shape == shape ? leader.layout : .plain
    let result = PhysicalType(shape: shape, dataType: .float32, layout: layout)
    let count = Int64(shape.count)

    if a.shape == b.shape {
      var plan = KernelPlan(inputLayouts: [layout, layout], outputLayouts: [layout]) {
        ClosureKernel { pk_binary(op, count, $0.input(0), $0.input(1), $0.output()) }
      }
      plan.inPlace = [(0, 0), (0, 1)]
      return plan
    }
    if a.shape == shape, b.shape.count == 1 {
      var plan = KernelPlan(inputLayouts: [layout, nil], outputLayouts: [layout]) {
        ClosureKernel { pk_binary_scalar(op, count, $0.input(0), $0.input(1)[0], $0.output()) }
      }
      plan.inPlace = [(0, 0)]
      return plan
    }
    if a.shape == shape, let channels = channelCount(of: b.shape, in: result) {
      let rows = count / Int64(max(channels, 1))
      var plan = KernelPlan(inputLayouts: [layout, .plain], outputLayouts: [layout]) {
        ClosureKernel { pk_binary_channel(op, rows, Int64(channels), $0.input(0), $0.input(1), $0.output()) }
      }
      plan.inPlace = [(0, 0)]
      return plan
    }
    let order = result.axisOrder
    func strides(_ type: PhysicalType) -> [Int64] {
      let offset = shape.rank - type.shape.rank
      let own = type.strides
      return order.map { axis in
        axis < offset || type.shape[axis - offset] == 1 ? 0 : Int64(own[axis - offset])
      }
    }
    let (left, right) = (strides(a), strides(b))
    let dimensions = order.map { Int64(shape[$0]) }
    return KernelPlan(inputLayouts: [a.layout, b.layout], outputLayouts: [layout]) {
      ClosureKernel {
        pk_binary_broadcast(
          op, Int32(dimensions.count), dimensions, left, right, $0.input(0), $0.input(1), $0.output())
      }
    }
  }

  /// The number of channels where `shape` holds one number for each position of the fastest axis of `result`.
  private static func channelCount(of shape: Shape, in result: PhysicalType) -> Int? {
    guard let fastest = result.axisOrder.last else { return nil }
    let offset = result.shape.rank - shape.rank
    for axis in shape.dimensions.indices where axis + offset != fastest && shape[axis] != 1 { return nil }
    guard fastest - offset >= 0, shape[fastest - offset] == result.shape[fastest] else { return nil }
    return result.shape[fastest]
  }

  enum AddKernel: KernelProvider {
    static let kind = Add.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { BinaryKernels.plan(request, PK_ADD) }
  }
  enum SubKernel: KernelProvider {
    static let kind = Sub.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { BinaryKernels.plan(request, PK_SUB) }
  }
  enum MulKernel: KernelProvider {
    static let kind = Mul.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { BinaryKernels.plan(request, PK_MUL) }
  }
  enum DivKernel: KernelProvider {
    static let kind = Div.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { BinaryKernels.plan(request, PK_DIV) }
  }
}
