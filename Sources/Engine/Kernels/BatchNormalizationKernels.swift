import CKernels
import Graphs
import Tensors

/// Rows and channels of a tensor whose channels lie last; two-dimensional tensors are so already.
private func rowsAndChannels(_ shape: Shape) -> (rows: Int64, channels: Int64)? {
  guard shape.rank >= 2, shape.count > 0 else { return nil }
  return (Int64(shape.count / shape[1]), Int64(shape[1]))
}

private func channelLayout(_ shape: Shape) -> Layout { shape.rank > 2 ? .channelsLast : .plain }

/// Batch normalisation with fixed statistics.
final class BatchNormalizationKernel: Kernel, BFloat16Kernel {
  static let kind = BatchNormalization.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? BatchNormalization, request.isFloat,
      let size = rowsAndChannels(request.outputs[0].shape)
    else { return nil }
    let layout = channelLayout(request.outputs[0].shape)
    var plan = KernelPlan(
      inputLayouts: [layout, .plain, .plain, .plain, .plain], outputLayouts: [layout],
      scratchBytes: 2 * Int(size.channels) * 4
    ) {
      BatchNormalizationKernel(
        rows: size.rows, channels: size.channels, epsilon: op.epsilon, isBFloat16: request.isKeptInBFloat16(0))
    }
    if request.isKeptInBFloat16(0) { plan.keepBFloat16(request, inputs: [0]) }
    plan.inPlace = [(0, 0)]
    return plan
  }

  private let rows: Int64
  private let channels: Int64
  private let epsilon: Double
  private let isBFloat16: Bool
  private var operands: Operands?

  private init(rows: Int64, channels: Int64, epsilon: Double, isBFloat16: Bool) {
    self.rows = rows
    self.channels = channels
    self.epsilon = epsilon
    self.isBFloat16 = isBFloat16
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() {
    let operands = operands!
    let (scale, shift) = (operands.input(1), operands.input(2))
    let (mean, variance) = (operands.input(3), operands.input(4))
    let factor = operands.scratch.assumingMemoryBound(to: Float.self)
    let offset = factor + Int(channels)
    for c in 0..<Int(channels) {
      let gain = Double(scale[c]) / (Double(variance[c]) + epsilon).squareRoot()
      factor[c] = Float(gain)
      offset[c] = Float(Double(shift[c]) - Double(mean[c]) * gain)
    }
    if isBFloat16 {
      pk_scale_shift_bf16(rows, channels, operands.bfloat16Input(0), factor, offset, 0, operands.bfloat16Output())
    } else {
      pk_scale_shift(rows, channels, operands.input(0), factor, offset, 0, operands.output())
    }
  }
}

/// Batch normalisation with the batch's statistics.
enum BatchNormalizationTrainingKernel: BFloat16Kernel {
  static let kind = BatchNormalizationTraining.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? BatchNormalizationTraining else { return nil }
    return plan(request, op, rectifier: nil)
  }

  /// A plan with a rectifier behind, and with the sum of a residual (input 5) where there is one.
  static func plan(_ request: KernelRequest, _ op: BatchNormalizationTraining, rectifier: Rectifier?) -> KernelPlan? {
    guard request.isFloat, let size = rowsAndChannels(request.outputs[0].shape) else { return nil }
    let layout = channelLayout(request.outputs[0].shape)
    let (epsilon, momentum) = (Float(op.epsilon), Float(1 - op.momentum))
    let isBFloat16 = request.isKeptInBFloat16(0)
    let relu = rectifier?.code ?? 0
    let hasResidual = request.inputs.count > 5
    var plan = KernelPlan(
      inputLayouts: [layout, .plain, .plain, .plain, .plain, layout].prefix(request.inputs.count).map { $0 },
      outputLayouts: [layout, .plain, .plain, .plain, .plain],
      scratchBytes: Int(pk_bn_scratch_floats(size.channels)) * 4
    ) {
      ClosureKernel { o in
        let scratch = o.scratch.assumingMemoryBound(to: Float.self)
        if isBFloat16 {
          pk_bn_forward_bf16(
            size.rows, size.channels, o.bfloat16Input(0), o.input(1), o.input(2), epsilon, momentum, o.input(3),
            o.input(4), o.output(1), o.output(2), o.output(3), o.output(4), relu,
            hasResidual ? o.bfloat16Input(5) : nil, o.bfloat16Output(), scratch)
        } else {
          pk_bn_forward(
            size.rows, size.channels, o.input(0), o.input(1), o.input(2), epsilon, momentum, o.input(3), o.input(4),
            o.output(1), o.output(2), o.output(3), o.output(4), relu, hasResidual ? o.input(5) : nil, o.output(),
            scratch)
        }
      }
    }
    if isBFloat16 { plan.keepBFloat16(request, inputs: [0, 5]) }
    plan.inPlace = hasResidual ? [(0, 5)] : []
    return plan
  }
}

/// Batch normalisation, residual sum and rectifier in one pass.
enum FusedNormalizationKernel: BFloat16Kernel {
  static let kind = FusedNormalization.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? FusedNormalization else { return nil }
    return BatchNormalizationTrainingKernel.plan(request, op.normalization, rectifier: op.rectifier)
  }
}

/// What batch normalisation and rectifier made, once more.
enum NormalizationReplayKernel: BFloat16Kernel {
  static let kind = NormalizationReplay.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? NormalizationReplay, request.isFloat,
      let size = rowsAndChannels(request.outputs[0].shape)
    else { return nil }
    let layout = channelLayout(request.outputs[0].shape)
    let isBFloat16 = request.isKeptInBFloat16(0)
    var plan = KernelPlan(
      inputLayouts: [layout, .plain, .plain, .plain, .plain], outputLayouts: [layout],
      scratchBytes: Int(size.channels) * 4
    ) {
      ClosureKernel { o in
        let scratch = o.scratch.assumingMemoryBound(to: Float.self)
        if isBFloat16 {
          pk_bn_again_bf16(
            size.rows, size.channels, o.bfloat16Input(0), o.input(1), o.input(2), o.input(3), o.input(4),
            op.rectifier.code, o.bfloat16Output(), scratch)
        } else {
          pk_bn_again(
            size.rows, size.channels, o.input(0), o.input(1), o.input(2), o.input(3), o.input(4), op.rectifier.code,
            o.output(), scratch)
        }
      }
    }
    if isBFloat16 { plan.keepBFloat16(request, inputs: [0]) }
    return plan
  }
}

/// The gradient of batch normalisation in training.
enum BatchNormalizationGradientKernel: BFloat16Kernel {
  static let kind = BatchNormalizationGradient.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard request.isFloat, let size = rowsAndChannels(request.outputs[0].shape) else { return nil }
    let layout = channelLayout(request.outputs[0].shape)
    let isBFloat16 = request.isKeptInBFloat16(1)
    // With a rectifier behind: what says where it let values pass, and its gradient where that is wanted.
    let fused = request.node.op as? FusedNormalizationGradient
    let (isRectified, relu) = (fused != nil, fused?.rectifier.code ?? 0)
    let readsOutput = fused?.readsOutput == true
    let readsShift = isRectified && !readsOutput
    let layouts = [layout, layout, .plain, .plain, .plain, readsOutput ? layout : .plain]
    var plan = KernelPlan(
      inputLayouts: layouts.prefix(request.inputs.count).map { $0 },
      outputLayouts: [layout, .plain, .plain, layout].prefix(request.outputs.count).map { $0 },
      scratchBytes: Int(pk_bn_scratch_floats(size.channels)) * 4
    ) {
      ClosureKernel { o in
        let scratch = o.scratch.assumingMemoryBound(to: Float.self)
        let hasMasked = o.outputs.count > 3 && o.outputs[3] != nil
        if isBFloat16 {
          pk_bn_backward_bf16(
            size.rows, size.channels, o.bfloat16Input(1), o.bfloat16Input(0), readsOutput ? o.bfloat16Input(5) : nil,
            relu, o.input(2), readsShift ? o.input(5) : nil, o.input(3), o.input(4), o.bfloat16Output(), o.output(1),
            o.output(2), hasMasked ? o.bfloat16Output(3) : nil, scratch)
        } else {
          pk_bn_backward(
            size.rows, size.channels, o.input(1), o.input(0), readsOutput ? o.input(5) : nil, relu, o.input(2),
            readsShift ? o.input(5) : nil, o.input(3), o.input(4), o.output(0), o.output(1), o.output(2),
            hasMasked ? o.output(3) : nil, scratch)
        }
      }
    }
    if isBFloat16 { plan.keepBFloat16(request, inputs: readsOutput ? [0, 1, 5] : [0, 1]) }
    if isBFloat16, isRectified { plan.outputTypes = [.bfloat16, .float32, .float32, .bfloat16] }
    // The rectifier's gradient may take dy's place, and dx that of x: both are read before they are written.
    plan.inPlace = isRectified && !request.node.outputs[3].isEmpty ? [(3, 0), (0, 1)] : [(0, 0), (0, 1)]
    return plan
  }
}

/// The gradients of normalisation and rectifier in one kernel.
enum FusedNormalizationGradientKernel: BFloat16Kernel {
  static let kind = FusedNormalizationGradient.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? { BatchNormalizationGradientKernel.plan(request) }
}

extension KernelPlan {
  /// Reads inputs in bfloat16 and makes the first output likewise.
  fileprivate mutating func keepBFloat16(_ request: KernelRequest, inputs: Set<Int>) {
    inputTypes = request.inputs.indices.map { inputs.contains($0) ? .bfloat16 : nil }
    outputTypes = [.bfloat16]
  }
}
