import CKernels
import Graphs
import Tensors

/// Rounding to 8 or 16 bits with constant scales: one, or one per index of an axis. Other forms run the reference.
enum QuantizeLinearKernel: KernelProvider {
  static let kind = QuantizeLinear.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? QuantizeLinear, op.precision == nil, request.inputs[0]?.dataType == .float32,
      let scales = ConstantScales(request, op.grid)
    else { return nil }
    return switch request.outputs[0].dataType {
    case .int8: plan(scales, pk_quantize_s8, pk_quantize_s8_axis)
    case .uint8: plan(scales, pk_quantize_u8, pk_quantize_u8_axis)
    case .int16: plan(scales, pk_quantize_s16, pk_quantize_s16_axis)
    case .uint16: plan(scales, pk_quantize_u16, pk_quantize_u16_axis)
    default: nil
    }
  }

  private static func plan<Integer>(
    _ scales: ConstantScales,
    _ whole: @escaping (Int64, UnsafePointer<Float>, Float, Int32, UnsafeMutablePointer<Integer>) -> Void,
    _ perIndex:
      @escaping (
        Int64, Int64, Int64, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Int32>?,
        UnsafeMutablePointer<Integer>
      ) -> Void
  ) -> KernelPlan {
    scales.plan { operands in
      let y = operands.outputs[0]!.assumingMemoryBound(to: Integer.self)
      if scales.isSingle {
        whole(scales.count, operands.input(0), scales.scales[0], scales.zeroPoints[0], y)
      } else {
        perIndex(
          scales.outer, scales.extent, scales.inner, operands.input(0), scales.scales, scales.zeroPoints, y)
      }
    }
  }
}

/// Integers back to numbers with constant scales: one, or one per index of an axis. Other forms run the reference.
enum DequantizeLinearKernel: KernelProvider {
  static let kind = DequantizeLinear.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? DequantizeLinear, request.outputs[0].dataType == .float32,
      let scales = ConstantScales(request, op.grid)
    else { return nil }
    return switch request.inputs[0]!.dataType {
    case .int8: plan(scales, pk_dequantize_s8, pk_dequantize_s8_axis)
    case .uint8: plan(scales, pk_dequantize_u8, pk_dequantize_u8_axis)
    case .int16: plan(scales, pk_dequantize_s16, pk_dequantize_s16_axis)
    case .uint16: plan(scales, pk_dequantize_u16, pk_dequantize_u16_axis)
    case .int32: plan(scales, pk_dequantize_s32, pk_dequantize_s32_axis)
    default: nil
    }
  }

  private static func plan<Integer>(
    _ scales: ConstantScales,
    _ whole: @escaping (Int64, UnsafePointer<Integer>, Float, Int32, UnsafeMutablePointer<Float>) -> Void,
    _ perIndex:
      @escaping (
        Int64, Int64, Int64, UnsafePointer<Integer>, UnsafePointer<Float>, UnsafePointer<Int32>?,
        UnsafeMutablePointer<Float>
      ) -> Void
  ) -> KernelPlan {
    scales.plan { operands in
      let x = UnsafePointer(operands.inputs[0]!.assumingMemoryBound(to: Integer.self))
      if scales.isSingle {
        whole(scales.count, x, scales.scales[0], scales.zeroPoints[0], operands.output())
      } else {
        perIndex(scales.outer, scales.extent, scales.inner, x, scales.scales, scales.zeroPoints, operands.output())
      }
    }
  }
}

/// Constant scales and zero points, and how they lie over a tensor in memory.
private struct ConstantScales {
  let scales: [Float]
  /// As many as scales.
  let zeroPoints: [Int32]
  /// The elements of the tensor.
  let count: Int64
  /// The indices of all axes before the scales' axis, along it, and behind it, in memory order.
  let (outer, extent, inner): (Int64, Int64, Int64)
  private let layouts: [Layout?]

  /// Nil where scale or zero point are computed, or lie in blocks.
  init?(_ request: KernelRequest, _ grid: QuantizationGrid) {
    guard let x = request.inputs[0], let scale = request.constant(1), grid.blockSize == 0 else { return nil }
    let zero = request.constant(2)
    guard request.inputs.count < 3 || request.inputs[2] == nil || zero != nil else { return nil }
    scales = scale.floats
    zeroPoints = zero?.integers.map { Int32($0) } ?? scales.map { _ in 0 }
    count = Int64(x.shape.count)
    layouts = [x.layout] + request.inputs.dropFirst().map { _ in nil }
    guard scales.count > 1 else {
      (outer, extent, inner) = (1, 1, count)
      return
    }
    guard let axis = try? Shape.normalizedAxis(grid.axis, rank: x.shape.rank),
      let position = x.axisOrder.firstIndex(of: axis)
    else { return nil }
    let extents = x.physicalDimensions
    outer = Int64(extents[..<position].reduce(1, *))
    extent = Int64(extents[position])
    inner = Int64(extents[(position + 1)...].reduce(1, *))
  }

  var isSingle: Bool { scales.count == 1 }

  /// A plan in whatever layout the tensor has.
  func plan(_ run: @escaping (Operands) -> Void) -> KernelPlan {
    KernelPlan(inputLayouts: layouts, outputLayouts: [layouts[0]!]) { ClosureKernel(run) }
  }
}
