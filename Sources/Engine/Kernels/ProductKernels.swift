import COneDNN
import Graphs
import Tensors

/// Dense layers by oneDNN. A bias of one number per column is fused; other forms run the reference.
enum GemmKernel: KernelProvider {
  static let kind = Gemm.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Gemm, request.isFloat, let a = request.inputs[0], let b = request.inputs[1]
    else { return nil }
    let output = request.outputs[0].shape
    let bias = request.inputs.count > 2 ? request.inputs[2] : nil
    if let bias {
      guard op.beta == 1, op.alpha == 1, bias.shape.count == output[1],
        bias.shape.rank == 0 || bias.shape.dimensions.last == output[1]
      else { return nil }
    }
    var spec = pdnn_matmul_spec()
    spec.batch = 1
    spec.m = Int64(output[0])
    spec.n = Int64(output[1])
    spec.k = Int64(op.transposeA ? a.shape[0] : a.shape[1])
    spec.transpose_a = op.transposeA ? 1 : 0
    spec.transpose_b = op.transposeB ? 1 : 0
    spec.has_bias = bias == nil ? 0 : 1
    spec.scale = op.alpha
    guard op.alpha != 0, spec.k > 0, output.count > 0, b.shape.rank == 2 else { return nil }
    return MatrixProductKernel.plan(request, spec)
  }
}

/// Matrix products by oneDNN: batches with equal batch axes, or one operand that all of the batch shares.
enum MatMulKernel: KernelProvider {
  static let kind = MatMul.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    plan(request, transposeA: false, transposeB: false)
  }

  static func plan(_ request: KernelRequest, transposeA: Bool, transposeB: Bool) -> KernelPlan? {
    guard request.isFloat, let a = request.inputs[0]?.shape, let b = request.inputs[1]?.shape, a.rank >= 2, b.rank >= 2
    else { return nil }
    let output = request.outputs[0].shape
    let (batchA, batchB) = (Array(a.dimensions.dropLast(2)), Array(b.dimensions.dropLast(2)))
    let (countA, countB) = (batchA.reduce(1, *), batchB.reduce(1, *))
    let inner = a[a.rank - (transposeA ? 2 : 1)]
    guard output.count > 0, inner > 0 else { return nil }
    var spec = pdnn_matmul_spec()
    spec.m = Int64(output[output.rank - 2])
    spec.n = Int64(output[output.rank - 1])
    spec.k = Int64(inner)
    spec.transpose_a = transposeA ? 1 : 0
    spec.transpose_b = transposeB ? 1 : 0
    spec.batch = Int64(max(countA, countB))
    if countB == 1, !transposeA {
      // All rows of a in one product.
      spec.m *= Int64(countA)
      spec.batch = 1
    } else if countB == 1 {
      spec.broadcast_b = 1
    } else if countA == 1 {
      spec.broadcast_a = 1
    } else if batchA != batchB {
      return nil
    }
    return MatrixProductKernel.plan(request, spec)
  }
}

/// Matrix products with transposed operands, as gradients have them.
enum BatchedProductKernel: KernelProvider {
  static let kind = BatchedProduct.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? BatchedProduct else { return nil }
    return MatMulKernel.plan(request, transposeA: op.transposeA, transposeB: op.transposeB)
  }
}

/// A prepared matrix product.
final class MatrixProductKernel: Kernel {
  static func plan(_ request: KernelRequest, _ specification: pdnn_matmul_spec) -> KernelPlan? {
    var spec = specification
    spec.a_type = PDNN_F32
    spec.b_type = PDNN_F32
    spec.c_type = PDNN_F32
    guard let operation = OneDNNOperation.matrixProduct(spec) else { return nil }
    let scale = spec.scale == 0 ? 1 : spec.scale
    var plan = KernelPlan.plain(request) { MatrixProductKernel(operation, hasBias: spec.has_bias != 0, scale: scale) }
    plan.scratchBytes = operation.scratchBytes
    plan.implementation = operation.implementation
    return plan
  }

  private let operation: OneDNNOperation
  private let hasBias: Bool
  private let scale: Float
  private var operands: Operands?

  private init(_ operation: OneDNNOperation, hasBias: Bool, scale: Float) {
    self.operation = operation
    self.hasBias = hasBias
    self.scale = scale
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() throws {
    let operands = operands!
    try OneDNNOperation.check(
      pdnn_matmul_execute(
        operation.handle, operands.inputs[0], operands.inputs[1], hasBias ? operands.inputs[2] : nil,
        operands.outputs[0], operands.scratch), "a matrix product")
  }
}
