import CKernels
import Graphs
import Tensors

extension Slice {
  /// Start and step along every axis of a shape; the extents of the result say how far.
  fileprivate func ranges(of shape: Shape) throws -> [(start: Int, step: Int)] {
    try indices(of: shape).map { list in (list.first ?? 0, list.count > 1 ? list[1] - list[0] : 1) }
  }
}

extension KernelPlan {
  /// A plan that moves elements of any type.
  fileprivate static func moving(
    _ inputs: [Layout?], to output: Layout, make: @escaping () throws -> any Kernel
  ) -> KernelPlan {
    var plan = KernelPlan(inputLayouts: inputs, outputLayouts: [output], make: make)
    plan.bfloat16Form = .moves
    return plan
  }
}

/// Slice as a strided copy, in whatever layout the input has.
enum SliceKernel: KernelProvider {
  static let kind = Slice.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Slice, let x = request.inputs[0], x.shape.rank > 0 else { return nil }
    let ranges = try op.ranges(of: x.shape)
    let result = PhysicalType(shape: request.outputs[0].shape, dataType: x.dataType, layout: x.layout)
    let strides = x.strides
    let copy = StridedCopy(
      box: result.shape.dimensions, order: result.axisOrder,
      source: (
        zip(strides, ranges).map { $0 * $1.step }, zip(strides, ranges).map { $0 * $1.start }.reduce(0, +)
      ),
      target: (result.strides, 0), elementSize: x.dataType.size)
    return .moving([x.layout], to: x.layout) {
      ClosureKernel { copy.run(from: $0.inputs[0]!, to: $0.outputs[0]!) }
    }
  }
}

/// The gradient of Slice: zeros, and dy where the slice was.
enum SliceGradientKernel: KernelProvider {
  static let kind = SliceGradient.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? SliceGradient, let dy = request.inputs[0], dy.shape.rank > 0,
      let clear = PadKernel.filling(request.outputs[0].shape.count, of: dy.dataType, with: nil)
    else { return nil }
    let result = PhysicalType(shape: request.outputs[0].shape, dataType: dy.dataType, layout: dy.layout)
    let ranges = try op.slice.ranges(of: result.shape)
    let strides = result.strides
    let copy = StridedCopy(
      box: dy.shape.dimensions, order: result.axisOrder, source: (dy.strides, 0),
      target: (
        zip(strides, ranges).map { $0 * $1.step }, zip(strides, ranges).map { $0 * $1.start }.reduce(0, +)
      ), elementSize: dy.dataType.size)
    return .moving([dy.layout], to: dy.layout) {
      ClosureKernel {
        clear($0.outputs[0]!)
        copy.run(from: $0.inputs[0]!, to: $0.outputs[0]!)
      }
    }
  }
}

/// Padding by a constant: the constant everywhere, then what remains of the input in its place.
enum PadKernel: KernelProvider {
  static let kind = Pad.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Pad, op.mode == .constant, let x = request.inputs[0], x.shape.rank > 0,
      let fill = filling(request.outputs[0].shape.count, of: x.dataType, with: op.value)
    else { return nil }
    let result = PhysicalType(shape: request.outputs[0].shape, dataType: x.dataType, layout: x.layout)
    // Negative pads cut off: the box is what remains of the input.
    let axes = x.shape.dimensions.indices
    let cut = axes.map { max(-op.before[$0], 0) }
    let box = axes.map { x.shape[$0] - cut[$0] - max(-op.after[$0], 0) }
    guard box.allSatisfy({ $0 >= 0 }) else { return nil }
    func offset(_ strides: [Int], _ starts: [Int]) -> Int { zip(strides, starts).map { $0 * $1 }.reduce(0, +) }
    let copy = StridedCopy(
      box: box, order: result.axisOrder, source: (x.strides, offset(x.strides, cut)),
      target: (result.strides, offset(result.strides, op.before.map { max($0, 0) })), elementSize: x.dataType.size)
    let isCopyOnly = box.reduce(1, *) == result.shape.count
    return .moving([x.layout], to: x.layout) {
      ClosureKernel {
        if !isCopyOnly { fill($0.outputs[0]!) }
        copy.run(from: $0.inputs[0]!, to: $0.outputs[0]!)
      }
    }
  }

  /// Writes one number to so many elements; nil for types that have no such loop.
  fileprivate static func filling(
    _ count: Int, of type: DataType, with value: Tensor?
  ) -> ((UnsafeMutableRawPointer) -> Void)? {
    switch type {
    case .float32:
      let number = value?.floats[0] ?? 0
      return { pk_fill(Int64(count), number, $0.assumingMemoryBound(to: Float.self)) }
    case .bfloat16:
      let bits = HalfPrecision.bfloat16Bits(value?.floats[0] ?? 0)
      return { $0.initializeMemory(as: UInt16.self, repeating: bits, count: count) }
    case .int8, .uint8:
      let byte = UInt8(truncatingIfNeeded: value?.integers[0] ?? 0)
      return { $0.initializeMemory(as: UInt8.self, repeating: byte, count: count) }
    default: return nil
    }
  }
}

/// Concatenation: one strided copy per input.
enum ConcatKernel: KernelProvider {
  static let kind = Concat.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Concat, let first = request.inputs[0], first.shape.rank > 0 else { return nil }
    let axis = try Shape.normalizedAxis(op.axis, rank: first.shape.rank)
    let layout = request.inputs.contains { $0?.layout == .channelsLast } ? Layout.channelsLast : .plain
    let result = PhysicalType(shape: request.outputs[0].shape, dataType: first.dataType, layout: layout)
    var copies: [StridedCopy] = []
    var position = 0
    for input in request.inputs {
      guard let input else { return nil }
      let type = PhysicalType(shape: input.shape, dataType: input.dataType, layout: layout)
      copies.append(
        StridedCopy(
          box: type.shape.dimensions, order: result.axisOrder, source: (type.strides, 0),
          target: (result.strides, position * result.strides[axis]), elementSize: first.dataType.size))
      position += input.shape[axis]
    }
    return .moving(request.inputs.map { _ in layout }, to: layout) {
      ClosureKernel { operands in
        for (index, copy) in copies.enumerated() { copy.run(from: operands.inputs[index]!, to: operands.outputs[0]!) }
      }
    }
  }
}

/// Transposition as a strided copy from whatever layout the input has.
enum TransposeKernel: KernelProvider {
  static let kind = Transpose.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Transpose, let x = request.inputs[0], x.shape.rank > 0 else { return nil }
    let permutation = try op.order(rank: x.shape.rank)
    let result = PhysicalType(shape: request.outputs[0].shape, dataType: x.dataType, layout: .plain)
    let strides = x.strides
    let copy = StridedCopy(
      box: result.shape.dimensions, order: result.axisOrder, source: (permutation.map { strides[$0] }, 0),
      target: (result.strides, 0), elementSize: x.dataType.size)
    return .moving([x.layout], to: .plain) {
      ClosureKernel { copy.run(from: $0.inputs[0]!, to: $0.outputs[0]!) }
    }
  }
}

/// Repetition along axes of extent 1 as a strided copy with strides of 0.
enum ExpandKernel: KernelProvider {
  static let kind = Expand.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let x = request.inputs[0] else { return nil }
    let shape = request.outputs[0].shape
    let layout: Layout = shape.rank > 3 ? .channelsLast : .plain
    let result = PhysicalType(shape: shape, dataType: x.dataType, layout: layout)
    let offset = shape.rank - x.shape.rank
    let own = x.strides
    let strides = shape.dimensions.indices.map { axis in
      axis < offset || x.shape[axis - offset] == 1 ? 0 : own[axis - offset]
    }
    guard shape.rank > 0 else { return nil }
    let copy = StridedCopy(
      box: shape.dimensions, order: result.axisOrder, source: (strides, 0), target: (result.strides, 0),
      elementSize: x.dataType.size)
    return .moving([x.layout], to: layout) {
      ClosureKernel { copy.run(from: $0.inputs[0]!, to: $0.outputs[0]!) }
    }
  }
}

/// Rows picked by constant or computed indices along axis 0. Other axes run the reference.
enum GatherKernel: KernelProvider {
  static let kind = Gather.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Gather, op.axis == 0, let x = request.inputs[0], let indices = request.inputs[1],
      indices.dataType == .int64, let known = request.constant(1), x.shape.rank > 0
    else { return nil }
    let rows = x.shape[0]
    let positions = known.integers.map { Int64($0 < 0 ? $0 + rows : $0) }
    guard positions.allSatisfy({ $0 >= 0 && $0 < rows }) else { return nil }
    let rowBytes = Int64(x.shape.dimensions[1...].reduce(1, *) * x.dataType.size)
    return .plain(request) {
      ClosureKernel { pk_gather_rows(Int64(positions.count), rowBytes, positions, $0.inputs[0]!, $0.outputs[0]!) }
    }
  }
}
