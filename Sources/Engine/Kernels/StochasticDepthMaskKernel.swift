import Graphs
import Tensors

/// The numbers that drop residual branches in training: the operator's own stream of random numbers, so that results
/// equal the reference's.
enum StochasticDepthMaskKernel: KernelProvider {
  static let kind = StochasticDepthMask.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? StochasticDepthMask else { return nil }
    let (count, seed) = (request.outputs[0].shape.count, request.seed)
    return .plain(request) {
      ClosureKernel { operands in
        var random = op.randomSource(seed: seed.value)
        let mask = operands.output()
        for index in 0..<count { mask[index] = random.uniform() < Double(op.ratio) ? 0 : op.scale }
      }
    }
  }
}
