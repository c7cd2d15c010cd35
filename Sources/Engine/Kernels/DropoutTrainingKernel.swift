import Graphs
import Tensors

/// Dropout in training: the operator's own stream of random numbers, so that results equal the reference's.
enum DropoutTrainingKernel: KernelProvider {
  static let kind = DropoutTraining.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? DropoutTraining, request.isFloat else { return nil }
    let count = request.outputs[0].shape.count
    let (ratio, scale, seed) = (Double(op.ratio), Float(op.scale), request.seed)
    return .plain(request) {
      ClosureKernel { operands in
        var random = op.randomSource(seed: seed.value)
        let (x, y, mask) = (operands.input(0), operands.output(0), operands.output(1))
        for index in 0..<count {
          mask[index] = random.uniform() < ratio ? 0 : scale
          y[index] = x[index] * mask[index]
        }
      }
    }
  }
}
