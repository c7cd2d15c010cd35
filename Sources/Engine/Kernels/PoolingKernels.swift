import CKernels
import Graphs
import Tensors

/// Pooling over one or two spatial axes, channels last. Three axes run the reference.
enum PoolingKernels {
  /// The window as Pare's kernels want it; nil where they do not run it.
  static func pool(
    _ window: SpatialWindow, input: Shape, output: Shape, countsPadding: Bool = false
  ) -> pk_pool? {
    guard window.rank == 1 || window.rank == 2, input.rank == window.rank + 2, output.count > 0 else { return nil }
    let pads = window.resolvedPads(input: Array(input.dimensions[2...]))
    // A window that lies wholly in the padding has no largest element; the reference decides what that means.
    for axis in 0..<window.rank {
      let span = (window.kernel[axis] - 1) * window.dilations[axis] + 1
      guard pads[axis] < span, (output[axis + 2] - 1) * window.strides[axis] < input[axis + 2] + pads[axis] else {
        return nil
      }
    }
    let isFlat = window.rank == 1
    func first(_ list: [Int], _ neutral: Int) -> Int64 { Int64(isFlat ? neutral : list[0]) }
    func last(_ list: [Int]) -> Int64 { Int64(list[list.count - 1]) }
    var pool = pk_pool()
    pool.n = Int64(input[0])
    pool.c = Int64(input[1])
    pool.h = first(Array(input.dimensions[2...]), 1)
    pool.w = last(input.dimensions)
    pool.oh = first(Array(output.dimensions[2...]), 1)
    pool.ow = last(output.dimensions)
    pool.kh = first(window.kernel, 1)
    pool.kw = last(window.kernel)
    pool.stride_h = first(window.strides, 1)
    pool.stride_w = last(window.strides)
    pool.dilation_h = first(window.dilations, 1)
    pool.dilation_w = last(window.dilations)
    pool.pad_top = isFlat ? 0 : Int64(pads[0])
    pool.pad_left = Int64(pads[isFlat ? 0 : 1])
    pool.pad_bottom = isFlat ? 0 : Int64(pads[2])
    pool.pad_right = Int64(pads[isFlat ? 1 : 3])
    pool.count_include_pad = countsPadding ? 1 : 0
    return pool
  }

  enum MaxPoolKernel: KernelProvider {
    static let kind = MaxPool.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? MaxPool, op.indices == nil, let x = request.inputs[0],
        var pool = pool(op.window, input: x.shape, output: request.outputs[0].shape)
      else { return nil }
      let run: ((Operands) -> Void)?
      switch x.dataType {
      case .float32: run = { pk_max_pool(&pool, $0.input(0), $0.output()) }
      case .uint8:
        run = {
          pk_max_pool_u8(
            &pool, $0.inputs[0]!.assumingMemoryBound(to: UInt8.self), $0.outputs[0]!.assumingMemoryBound(to: UInt8.self)
          )
        }
      case .int8:
        run = {
          pk_max_pool_s8(
            &pool, $0.inputs[0]!.assumingMemoryBound(to: Int8.self), $0.outputs[0]!.assumingMemoryBound(to: Int8.self))
        }
      default: run = nil
      }
      guard let run else { return nil }
      return .samples(inputs: 1) { ClosureKernel(run) }
    }
  }

  enum MaxPoolGradientKernel: KernelProvider {
    static let kind = MaxPoolGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? MaxPoolGradient, request.isFloat, let dy = request.inputs[0],
        let x = request.inputs[1], request.inputs.count == 3,
        var pool = pool(op.window, input: x.shape, output: dy.shape)
      else { return nil }
      return .samples(inputs: 3) {
        ClosureKernel { pk_max_pool_gradient(&pool, $0.input(1), $0.input(2), $0.input(0), $0.output()) }
      }
    }
  }

  enum AveragePoolKernel: KernelProvider {
    static let kind = AveragePool.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? AveragePool, request.isFloat, let x = request.inputs[0],
        var pool = pool(
          op.window, input: x.shape, output: request.outputs[0].shape, countsPadding: op.countsPadding)
      else { return nil }
      return .samples(inputs: 1) {
        ClosureKernel { pk_average_pool(&pool, $0.input(0), $0.output()) }
      }
    }
  }

  enum AveragePoolGradientKernel: KernelProvider {
    static let kind = AveragePoolGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? AveragePoolGradient, request.isFloat, let dy = request.inputs[0],
        var pool = pool(
          op.pool.window, input: request.outputs[0].shape, output: dy.shape, countsPadding: op.pool.countsPadding)
      else { return nil }
      return .samples(inputs: 1) {
        ClosureKernel { pk_average_pool_gradient(&pool, $0.input(0), $0.output()) }
      }
    }
  }

  enum GlobalMaxPoolKernel: KernelProvider {
    static let kind = GlobalMaxPool.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard request.isFloat, let x = request.inputs[0]?.shape, x.rank >= 3, x.count > 0 else { return nil }
      // With the channels last all positions lie along one axis.
      let positions = x.count / (x[0] * x[1])
      guard
        var pool = pool(
          SpatialWindow(kernel: [positions]), input: [x[0], x[1], positions], output: [x[0], x[1], 1])
      else { return nil }
      return KernelPlan(inputLayouts: [.channelsLast], outputLayouts: [.plain]) {
        ClosureKernel { pk_max_pool(&pool, $0.input(0), $0.output()) }
      }
    }
  }

  enum GlobalAveragePoolKernel: KernelProvider {
    static let kind = GlobalAveragePool.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard request.isFloat, let x = request.inputs[0]?.shape, x.rank >= 3, x.count > 0 else { return nil }
      let (n, c) = (Int64(x[0]), Int64(x[1]))
      let positions = Int64(x.count) / (n * c)
      return .samples(inputs: 1, output: .plain) {
        ClosureKernel { pk_global_average_pool(n, positions, c, $0.input(0), $0.output()) }
      }
    }
  }
}

extension KernelPlan {
  /// A plan that works on every sample on its own, channels last.
  fileprivate static func samples(
    inputs: Int, output: Layout = .channelsLast, make: @escaping () throws -> any Kernel
  ) -> KernelPlan {
    var plan = KernelPlan(
      inputLayouts: Array(repeating: .channelsLast, count: inputs), outputLayouts: [output], make: make)
    plan.bfloat16Form = .samples
    return plan
  }
}
