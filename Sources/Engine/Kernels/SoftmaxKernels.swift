import CKernels
import Graphs
import Tensors

/// Softmax and its logarithm over the last axis, and their gradients. Other axes run the reference.
enum SoftmaxKernels {
  private static func rows(_ shape: Shape, axis: Int) -> (rows: Int64, columns: Int64)? {
    guard let axis = try? Shape.normalizedAxis(axis, rank: shape.rank), shape.rank > 0, axis == shape.rank - 1,
      shape[axis] > 0
    else { return nil }
    return (Int64(shape.count / shape[axis]), Int64(shape[axis]))
  }

  private static func forward(
    _ request: KernelRequest, axis: Int,
    _ body: @escaping (Int64, Int64, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> KernelPlan? {
    guard request.isFloat, let size = rows(request.outputs[0].shape, axis: axis) else { return nil }
    return .plain(request) { ClosureKernel { body(size.rows, size.columns, $0.input(0), $0.output()) } }
  }

  private static func gradient(
    _ request: KernelRequest, axis: Int,
    _ body:
      @escaping (
        Int64, Int64, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>
      ) -> Void
  ) -> KernelPlan? {
    guard request.isFloat, let size = rows(request.outputs[0].shape, axis: axis) else { return nil }
    return .plain(request) {
      ClosureKernel { body(size.rows, size.columns, $0.input(1), $0.input(0), $0.output()) }
    }
  }

  enum SoftmaxKernel: KernelProvider {
    static let kind = Softmax.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? Softmax).flatMap { forward(request, axis: $0.axis, pk_softmax) }
    }
  }
  enum LogSoftmaxKernel: KernelProvider {
    static let kind = LogSoftmax.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? LogSoftmax).flatMap { forward(request, axis: $0.axis, pk_log_softmax) }
    }
  }
  enum SoftmaxGradientKernel: KernelProvider {
    static let kind = SoftmaxGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? SoftmaxGradient).flatMap { gradient(request, axis: $0.axis, pk_softmax_gradient) }
    }
  }
  enum LogSoftmaxGradientKernel: KernelProvider {
    static let kind = LogSoftmaxGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? LogSoftmaxGradient).flatMap { gradient(request, axis: $0.axis, pk_log_softmax_gradient) }
    }
  }
}
