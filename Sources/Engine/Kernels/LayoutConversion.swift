import CKernels
import Tensors

/// Moves a tensor between layouts.
enum LayoutConversion {
  static func kernel(from: PhysicalType, to layout: Layout) -> any Kernel {
    let shape = from.shape
    let bytes = from.byteCount
    guard from.layout != layout, !PhysicalType.layoutsCoincide(shape) else {
      return ClosureKernel { operands in
        if operands.inputs[0] != operands.outputs[0] {
          operands.outputs[0]!.copyMemory(from: operands.inputs[0]!, byteCount: bytes)
        }
      }
    }
    let (n, c) = (Int64(shape[0]), Int64(shape[1]))
    let positions = Int64(shape.count) / max(n * c, 1)
    switch (from.dataType.size, layout) {
    case (4, .channelsLast): return ClosureKernel { pk_nchw_to_nhwc(n, c, positions, $0.input(0), $0.output()) }
    case (4, .plain): return ClosureKernel { pk_nhwc_to_nchw(n, c, positions, $0.input(0), $0.output()) }
    case (1, .channelsLast):
      return ClosureKernel {
        pk_nchw_to_nhwc_u8(
          n, c, positions, $0.inputs[0]!.assumingMemoryBound(to: UInt8.self),
          $0.outputs[0]!.assumingMemoryBound(to: UInt8.self))
      }
    case (1, .plain):
      return ClosureKernel {
        pk_nhwc_to_nchw_u8(
          n, c, positions, $0.inputs[0]!.assumingMemoryBound(to: UInt8.self),
          $0.outputs[0]!.assumingMemoryBound(to: UInt8.self))
      }
    default:
      let target = PhysicalType(shape: shape, dataType: from.dataType, layout: layout)
      let copy = StridedCopy(
        box: shape.dimensions, order: target.axisOrder, source: (from.strides, 0), target: (target.strides, 0),
        elementSize: from.dataType.size)
      return ClosureKernel { copy.run(from: $0.inputs[0]!, to: $0.outputs[0]!) }
    }
  }
}
