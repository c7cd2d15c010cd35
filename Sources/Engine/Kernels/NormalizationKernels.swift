import CKernels
import Graphs
import Tensors

/// Layer normalisation of rows, with its statistics where they are asked for.
enum LayerNormalizationKernel: KernelProvider {
  static let kind = LayerNormalization.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? LayerNormalization, request.isFloat, let x = request.inputs[0]?.shape,
      x.count > 0
    else { return nil }
    let (rows, width) = try op.rows(of: x)
    let epsilon = Float(op.epsilon)
    return .plain(request) {
      ClosureKernel { operands in
        func optional(_ list: [UnsafeMutableRawPointer?], _ index: Int) -> UnsafeMutablePointer<Float>? {
          index < list.count ? list[index]?.assumingMemoryBound(to: Float.self) : nil
        }
        pk_layer_norm(
          Int64(rows), Int64(width), operands.input(0), operands.input(1), optional(operands.inputs, 2), epsilon,
          operands.output(), optional(operands.outputs, 1), optional(operands.outputs, 2))
      }
    }
  }
}

/// The gradient of layer normalisation.
enum LayerNormalizationGradientKernel: KernelProvider {
  static let kind = LayerNormalizationGradient.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? LayerNormalizationGradient, request.isFloat, let x = request.inputs[1]?.shape,
      x.count > 0
    else { return nil }
    let (rows, width) = try op.forward.rows(of: x)
    let epsilon = Float(op.forward.epsilon)
    var plan = KernelPlan.plain(request) {
      ClosureKernel {
        pk_layer_norm_gradient(
          Int64(rows), Int64(width), $0.input(1), $0.input(0), $0.input(2), epsilon, $0.output(0), $0.output(1),
          $0.output(2))
      }
    }
    plan.inPlace = [(0, 0)]
    return plan
  }
}

/// Group and instance normalisation, channels last.
enum GroupNormalizationKernels {
  private static func forward(_ request: KernelRequest, groups: Int, epsilon: Double) -> KernelPlan? {
    guard request.isFloat, let x = request.inputs[0]?.shape, x.count > 0, let scale = request.inputs[1] else {
      return nil
    }
    let (n, channels) = (Int64(x[0]), Int64(x[1]))
    let rows = Int64(x.count) / (n * channels)
    let each = x[1] / scale.shape.count
    var plan = KernelPlan(
      inputLayouts: [.channelsLast, .plain, .plain], outputLayouts: [.channelsLast],
      scratchBytes: each == 1 ? 0 : 2 * x[1] * 4
    ) {
      ClosureKernel { operands in
        var (scale, shift) = (operands.input(1), operands.input(2))
        if each > 1 {
          // A number per group, for each of its channels.
          let repeated = operands.scratch.assumingMemoryBound(to: Float.self)
          for channel in 0..<Int(channels) {
            repeated[channel] = scale[channel / each]
            repeated[channel + Int(channels)] = shift[channel / each]
          }
          (scale, shift) = (repeated, repeated + Int(channels))
        }
        pk_group_norm(
          n, rows, channels, Int64(groups), operands.input(0), scale, shift, Float(epsilon), operands.output())
      }
    }
    plan.inPlace = [(0, 0)]
    return plan
  }

  enum GroupNormalizationKernel: KernelProvider {
    static let kind = GroupNormalization.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? GroupNormalization).flatMap { forward(request, groups: $0.groups, epsilon: $0.epsilon) }
    }
  }

  enum InstanceNormalizationKernel: KernelProvider {
    static let kind = InstanceNormalization.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? InstanceNormalization, let x = request.inputs[0]?.shape else { return nil }
      return forward(request, groups: x[1], epsilon: op.epsilon)
    }
  }

  enum GroupNormalizationGradientKernel: KernelProvider {
    static let kind = GroupNormalizationGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? GroupNormalizationGradient, request.isFloat, let x = request.inputs[1]?.shape,
        x.count > 0
      else { return nil }
      let (n, channels) = (Int64(x[0]), Int64(x[1]))
      let rows = Int64(x.count) / (n * channels)
      var plan = KernelPlan(
        inputLayouts: [.channelsLast, .channelsLast, .plain], outputLayouts: [.channelsLast, .plain, .plain]
      ) {
        ClosureKernel {
          pk_group_norm_gradient(
            n, rows, channels, Int64(op.groups), $0.input(1), $0.input(0), $0.input(2), Float(op.epsilon),
            $0.output(0), $0.output(1), $0.output(2))
        }
      }
      plan.inPlace = [(0, 0)]
      return plan
    }
  }
}
