import CKernels
import Graphs
import Tensors

/// Conversions of booleans and small integers to float32, and of float32 to booleans, in whatever layout the value has.
/// Others run the reference.
enum CastKernel: KernelProvider {
  static let kind = Cast.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let x = request.inputs[0], let run = conversion(of: x, to: request.outputs[0].dataType) else { return nil }
    return KernelPlan(inputLayouts: [x.layout], outputLayouts: [x.layout]) { ClosureKernel(run) }
  }

  private static func conversion(of x: PhysicalType, to type: DataType) -> ((Operands) -> Void)? {
    let count = Int64(x.shape.count)
    switch (x.dataType, type) {
    case (.bool, .float32), (.uint8, .float32):
      return { pk_dequantize_u8(count, $0.inputs[0]!.assumingMemoryBound(to: UInt8.self), 1, 0, $0.output()) }
    case (.int8, .float32):
      return { pk_dequantize_s8(count, $0.inputs[0]!.assumingMemoryBound(to: Int8.self), 1, 0, $0.output()) }
    case (.int32, .float32):
      return { pk_dequantize_s32(count, $0.inputs[0]!.assumingMemoryBound(to: Int32.self), 1, 0, $0.output()) }
    case (.float32, .bool):
      let (size, step, zero, numberZero, isTrue) = ([count], [Int64(1)], [Int64(0)], [Float(0)], [UInt8(1)])
      return { operands in
        let y = operands.outputs[0]!.assumingMemoryBound(to: UInt8.self)
        // Whether x equals 0, and the opposite of it: NaN is true.
        pk_compare(PK_EQUAL, 1, size, step, zero, operands.input(0), numberZero, y)
        pk_logic(PK_XOR, 1, size, step, zero, y, isTrue, y)
      }
    default: return nil
    }
  }
}
