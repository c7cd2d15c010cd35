import CKernels
import Graphs
import Tensors

/// One number everywhere. Numbers other than floats run the reference.
enum ConstantOfShapeKernel: KernelProvider {
  static let kind = ConstantOfShape.kind

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let op = request.node.op as? ConstantOfShape, request.isFloat else { return nil }
    let (count, value) = (Int64(request.outputs[0].shape.count), op.value.floats[0])
    return .plain(request) { ClosureKernel { pk_fill(count, value, $0.output()) } }
  }
}
