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
final class BatchNormalizationKernel: Kernel, KernelProvider {
  static let kind = BatchNormalization.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? BatchNormalization, request.isFloat,
      let size = rowsAndChannels(request.outputs[0].shape)
    else { return nil }
    let layout = channelLayout(request.outputs[0].shape)
    var plan = KernelPlan(
      inputLayouts: [layout, .plain, .plain, .plain, .plain], outputLayouts: [layout],
      scratchBytes: 2 * Int(size.channels) * 4
    ) { BatchNormalizationKernel(rows: size.rows, channels: size.channels, epsilon: op.epsilon) }
    plan.inPlace = [(0, 0)]
    return plan
  }

  private let rows: Int64
  private let channels: Int64
  private let epsilon: Double
  private var operands: Operands?

  private init(rows: Int64, channels: Int64, epsilon: Double) {
    self.rows = rows
    self.channels = channels
    self.epsilon = epsilon
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
    pk_scale_shift(rows, channels, operands.input(0), factor, offset, 0, operands.output())
  }
}

/// Batch normalisation with the batch's statistics, and with what is fused behind it in training.
enum BatchNormalizationTrainingKernel: KernelProvider {
  static let kind = BatchNormalizationTraining.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? BatchNormalizationTraining, request.isFloat,
      let size = rowsAndChannels(request.outputs[0].shape)
    else { return nil }
    let layout = channelLayout(request.outputs[0].shape)
    let (epsilon, momentum) = (Float(op.epsilon), Float(1 - op.momentum))
    return KernelPlan(
      inputLayouts: [layout, .plain, .plain, .plain, .plain], outputLayouts: [layout, .plain, .plain, .plain, .plain],
      scratchBytes: Int(pk_bn_scratch_floats(size.channels)) * 4
    ) {
      ClosureKernel { o in
        pk_bn_forward(
          size.rows, size.channels, o.input(0), o.input(1), o.input(2), epsilon, momentum, o.input(3), o.input(4),
          o.output(1), o.output(2), o.output(3), o.output(4), 0, nil, o.output(),
          o.scratch.assumingMemoryBound(to: Float.self))
      }
    }
  }
}

/// The gradient of batch normalisation in training.
enum BatchNormalizationGradientKernel: KernelProvider {
  static let kind = BatchNormalizationGradient.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard request.isFloat, let size = rowsAndChannels(request.outputs[0].shape) else { return nil }
    let layout = channelLayout(request.outputs[0].shape)
    var plan = KernelPlan(
      inputLayouts: [layout, layout, .plain, .plain, .plain], outputLayouts: [layout, .plain, .plain],
      scratchBytes: Int(pk_bn_scratch_floats(size.channels)) * 4
    ) {
      ClosureKernel { o in
        pk_bn_backward(
          size.rows, size.channels, o.input(1), o.input(0), nil, o.input(2), o.input(3), o.input(4), o.output(0),
          o.output(1), o.output(2), nil, o.scratch.assumingMemoryBound(to: Float.self))
      }
    }
    plan.inPlace = [(0, 0)]
    return plan
  }
}
