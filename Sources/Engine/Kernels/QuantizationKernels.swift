import CKernels
import Graphs
import Tensors

/// Rounding to 8-bit integers with one constant scale. Other forms run the reference.
enum QuantizeLinearKernel: KernelProvider {
  static let kind = QuantizeLinear.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let x = request.inputs[0], x.dataType == .float32, let scale = request.constant(1), scale.count == 1 else {
      return nil
    }
    let zero = request.constant(2)
    guard request.inputs.count < 3 || request.inputs[2] == nil || zero != nil else { return nil }
    let (factor, point) = (scale.floats[0], Int32(zero?.integers[0] ?? 0))
    let count = Int64(x.shape.count)
    let layouts: [Layout?] = [x.layout] + request.inputs.dropFirst().map { _ in nil }
    switch request.outputs[0].dataType {
    case .int8:
      return KernelPlan(inputLayouts: layouts, outputLayouts: [x.layout]) {
        ClosureKernel {
          pk_quantize_s8(count, $0.input(0), factor, point, $0.outputs[0]!.assumingMemoryBound(to: Int8.self))
        }
      }
    case .uint8:
      return KernelPlan(inputLayouts: layouts, outputLayouts: [x.layout]) {
        ClosureKernel {
          pk_quantize_u8(count, $0.input(0), factor, point, $0.outputs[0]!.assumingMemoryBound(to: UInt8.self))
        }
      }
    default: return nil
    }
  }
}

/// Integers back to numbers with one constant scale. Other forms run the reference.
enum DequantizeLinearKernel: KernelProvider {
  static let kind = DequantizeLinear.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let x = request.inputs[0], let scale = request.constant(1), scale.count == 1,
      request.outputs[0].dataType == .float32
    else { return nil }
    let zero = request.constant(2)
    guard request.inputs.count < 3 || request.inputs[2] == nil || zero != nil else { return nil }
    let (factor, point) = (scale.floats[0], Int32(zero?.integers[0] ?? 0))
    let count = Int64(x.shape.count)
    let run: ((Operands) -> Void)?
    switch x.dataType {
    case .int8:
      run = { pk_dequantize_s8(count, $0.inputs[0]!.assumingMemoryBound(to: Int8.self), factor, point, $0.output()) }
    case .uint8:
      run = { pk_dequantize_u8(count, $0.inputs[0]!.assumingMemoryBound(to: UInt8.self), factor, point, $0.output()) }
    case .int32:
      run = { pk_dequantize_s32(count, $0.inputs[0]!.assumingMemoryBound(to: Int32.self), factor, point, $0.output()) }
    default: run = nil
    }
    guard let run else { return nil }
    return KernelPlan(
      inputLayouts: [x.layout] + request.inputs.dropFirst().map { _ in nil }, outputLayouts: [x.layout]
    ) { ClosureKernel(run) }
  }
}
