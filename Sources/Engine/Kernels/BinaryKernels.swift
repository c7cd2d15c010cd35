import CKernels
import Graphs
import Tensors

extension PhysicalType {
  /// The distances in elements between neighbours along the axes of a broadcast result, in the order in which that lies
  /// in memory: 0 along axes that are repeated.
  func strides(over result: PhysicalType) -> [Int64] {
    let offset = result.shape.rank - shape.rank
    let own = strides
    return result.axisOrder.map { axis in
      axis < offset || shape[axis - offset] == 1 ? 0 : Int64(own[axis - offset])
    }
  }
}

/// Elementwise functions of two values with broadcasting, in whatever layouts they have.
enum BinaryKernels {
  static func plan(_ request: KernelRequest, _ op: pk_binary_op) -> KernelPlan? {
    var plan = floatPlan(request, op)
    plan?.bfloat16Form = .elementwise(
      direct: op == PK_ADD
        ? { pk_add_bf16($0, $1.bfloat16Input(0), $1.bfloat16Input(1), $1.bfloat16Output()) } : nil)
    return plan
  }

  private static func floatPlan(_ request: KernelRequest, _ op: pk_binary_op) -> KernelPlan? {
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
    let (left, right) = (a.strides(over: result), b.strides(over: result))
    let dimensions = result.physicalDimensions.map { Int64($0) }
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

  /// A power or its derivative: the exponent may be a constant of another type.
  fileprivate static func planPower(_ request: KernelRequest, _ op: pk_binary_op) -> KernelPlan? {
    guard let a = request.inputs[0], a.dataType == .float32, let exponent = request.constant(1), exponent.count == 1,
      request.outputs[0].shape == a.shape
    else { return plan(request, op) }
    let (count, number) = (Int64(a.shape.count), Float(exponent.doubles[0]))
    var plan = KernelPlan(inputLayouts: [a.layout, nil], outputLayouts: [a.layout]) {
      ClosureKernel { operands in
        if op == PK_POW, number == 2 {
          pk_binary(PK_MUL, count, operands.input(0), operands.input(0), operands.output())
        } else if op == PK_POW_SLOPE, number == 2 {
          pk_binary_scalar(PK_MUL, count, operands.input(0), 2, operands.output())
        } else {
          pk_binary_scalar(op, count, operands.input(0), number, operands.output())
        }
      }
    }
    plan.inPlace = [(0, 0)]
    return plan
  }

  enum PowKernel: KernelProvider {
    static let kind = Pow.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { BinaryKernels.planPower(request, PK_POW) }
  }
  enum PowSlopeKernel: KernelProvider {
    static let kind = PowSlope.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? PowSlope).flatMap {
        BinaryKernels.planPower(request, $0.input == .base ? PK_POW_SLOPE : PK_POW_GROWTH)
      }
    }
  }
  enum PReluKernel: KernelProvider {
    static let kind = PRelu.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { BinaryKernels.plan(request, PK_PRELU) }
  }
  enum PReluSlopeKernel: KernelProvider {
    static let kind = PReluSlope.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { BinaryKernels.plan(request, PK_PRELU_SLOPE) }
  }
  enum EqualityMaskKernel: KernelProvider {
    static let kind = EqualityMask.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { BinaryKernels.plan(request, PK_SAME) }
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
