import CKernels
import Graphs
import Tensors

/// Rounding to uint8 with the scale of the input's own range, in whatever layout the input has.
enum DynamicQuantizeLinearKernel: KernelProvider {
  static let kind = DynamicQuantizeLinear.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let x = request.inputs[0], x.dataType == .float32, x.shape.count > 0, request.outputs.count == 3 else {
      return nil
    }
    let count = Int64(x.shape.count)
    return KernelPlan(inputLayouts: [nil], outputLayouts: [x.layout, .plain, .plain]) {
      ClosureKernel { operands in
        var (minimum, maximum): (Float, Float) = (0, 0)
        pk_min_max(count, operands.input(0), &minimum, &maximum)
        let (scale, zeroPoint) = DynamicQuantizeLinear.parameters(minimum: minimum, maximum: maximum)
        if let y = operands.outputs[0] {
          pk_quantize_u8(count, operands.input(0), scale, Int32(zeroPoint), y.assumingMemoryBound(to: UInt8.self))
        }
        operands.outputs[1]?.storeBytes(of: scale, as: Float.self)
        operands.outputs[2]?.storeBytes(of: zeroPoint, as: UInt8.self)
      }
    }
  }
}
