import CKernels
import Graphs
import Tensors

/// Split: one strided copy per part, in whatever layout the input has.
enum AxisSplitKernel: KernelProvider {
  static let kind = AxisSplit.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? AxisSplit, let x = request.inputs[0] else { return nil }
    let axis = try Shape.normalizedAxis(op.axis, rank: x.shape.rank)
    let bounds = try op.bounds(in: x.shape)
    let copies = zip(bounds, bounds.dropFirst()).map { start, end in
      var part = x
      part.shape[axis] = end - start
      return StridedCopy(
        box: part.shape.dimensions, order: part.axisOrder, source: (x.strides, start * x.strides[axis]),
        target: (part.strides, 0), elementSize: x.dataType.size)
    }
    return KernelPlan(inputLayouts: [x.layout], outputLayouts: request.outputs.map { _ in x.layout }) {
      ClosureKernel { operands in
        for (copy, target) in zip(copies, operands.outputs) {
          if let target { copy.run(from: operands.inputs[0]!, to: target) }
        }
      }
    }
  }
}

/// Channels dealt out over groups, in whatever layout the input has.
enum ChannelShuffleKernel: KernelProvider {
  static let kind = ChannelShuffle.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? ChannelShuffle, let x = request.inputs[0], x.shape.count > 0 else { return nil }
    let (width, size) = (x.shape[1] / op.groups, Int32(x.dataType.size))
    let pixels = x.shape.dimensions[2...].reduce(1, *)
    var plan: KernelPlan
    if x.layout == .channelsLast || pixels == 1 {
      let rows = Int64(x.shape[0] * pixels)
      plan = KernelPlan(inputLayouts: [x.layout], outputLayouts: [x.layout]) {
        ClosureKernel { pk_deal(rows, Int64(op.groups), Int64(width), size, $0.inputs[0]!, $0.outputs[0]!) }
      }
    } else {
      let copy = StridedCopy(
        box: [x.shape[0], width, op.groups, pixels], order: [0, 1, 2, 3],
        source: ([x.shape[1] * pixels, pixels, width * pixels, 1], 0),
        target: ([x.shape[1] * pixels, op.groups * pixels, pixels, 1], 0), elementSize: x.dataType.size)
      plan = KernelPlan(inputLayouts: [x.layout], outputLayouts: [x.layout]) {
        ClosureKernel { copy.run(from: $0.inputs[0]!, to: $0.outputs[0]!) }
      }
    }
    plan.bfloat16Form = .moves
    return plan
  }
}

/// Channels spread over blocks of pixels, and back, as one strided copy.
enum BlockKernels {
  /// The copy between a tensor of many channels and one of large images.
  private static func plan(_ request: KernelRequest, _ op: DepthToSpace, toSpace: Bool) -> KernelPlan? {
    guard let x = request.inputs[0], x.shape.rank == 4, x.shape.count > 0 else { return nil }
    let result = PhysicalType(shape: request.outputs[0].shape, dataType: x.dataType, layout: x.layout)
    let (deep, wide) = toSpace ? (x, result) : (result, x)
    let (b, step) = (op.blockSize, deep.strides)
    func channel(_ channel: Int, _ row: Int, _ column: Int) -> Int {
      op.channel(channel, row: row, column: column, of: deep.shape[1]) * step[1]
    }
    // Sample, channel, row of blocks, row, column of blocks, column.
    let box = [x.shape[0], wide.shape[1], deep.shape[2], b, deep.shape[3], b]
    let deepStrides = [step[0], channel(1, 0, 0), step[2], channel(0, 1, 0), step[3], channel(0, 0, 1)]
    let pixels = wide.strides
    let wideStrides = [pixels[0], pixels[1], pixels[2] * b, pixels[2], pixels[3] * b, pixels[3]]
    let (source, target) = toSpace ? (deepStrides, wideStrides) : (wideStrides, deepStrides)
    let order = box.indices.sorted { (target[$0], $1) > (target[$1], $0) }
    let copy = StridedCopy(
      box: box, order: order, source: (source, 0), target: (target, 0), elementSize: x.dataType.size)
    return KernelPlan(inputLayouts: [x.layout], outputLayouts: [x.layout]) {
      ClosureKernel { copy.run(from: $0.inputs[0]!, to: $0.outputs[0]!) }
    }
  }

  enum DepthToSpaceKernel: KernelProvider {
    static let kind = DepthToSpace.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? DepthToSpace).flatMap { BlockKernels.plan(request, $0, toSpace: true) }
    }
  }

  enum SpaceToDepthKernel: KernelProvider {
    static let kind = SpaceToDepth.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? SpaceToDepth).flatMap { BlockKernels.plan(request, $0.inverse, toSpace: false) }
    }
  }
}
