import Graphs
import Tensors

/// Operators that give the same elements another shape: no work where the elements lie in logical order.
enum AliasKernels {
  private static func plan(_ request: KernelRequest, keepsShape: Bool = false) -> KernelPlan? {
    guard let x = request.inputs[0] else { return nil }
    let layout: Layout = keepsShape ? x.layout : .plain
    let bytes = x.byteCount
    var plan = KernelPlan(inputLayouts: [layout] + request.inputs.dropFirst().map { _ in nil }, outputLayouts: [layout])
    {
      ClosureKernel { operands in
        if operands.inputs[0] != operands.outputs[0] {
          operands.outputs[0]!.copyMemory(from: operands.inputs[0]!, byteCount: bytes)
        }
      }
    }
    plan.isAlias = true
    plan.bfloat16Form = .moves
    return plan
  }

  enum ReshapeKernel: KernelProvider {
    static let kind = Reshape.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { AliasKernels.plan(request) }
  }
  enum FlattenKernel: KernelProvider {
    static let kind = Flatten.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { AliasKernels.plan(request) }
  }
  enum SqueezeKernel: KernelProvider {
    static let kind = Squeeze.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { AliasKernels.plan(request) }
  }
  enum UnsqueezeKernel: KernelProvider {
    static let kind = Unsqueeze.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { AliasKernels.plan(request) }
  }
  enum IdentityKernel: KernelProvider {
    static let kind = Identity.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { AliasKernels.plan(request, keepsShape: true) }
  }
  enum DropoutKernel: KernelProvider {
    static let kind = Dropout.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      let outputs = request.node.outputs
      guard outputs.count > 1, !outputs[1].isEmpty else { return AliasKernels.plan(request, keepsShape: true) }
      return nil
    }
  }
  enum StochasticDepthKernel: KernelProvider {
    static let kind = StochasticDepth.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { AliasKernels.plan(request, keepsShape: true) }
  }
  enum DetachKernel: KernelProvider {
    static let kind = Detach.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { AliasKernels.plan(request, keepsShape: true) }
  }
  enum StraightThroughKernel: KernelProvider {
    static let kind = StraightThrough.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { AliasKernels.plan(request, keepsShape: true) }
  }
}
