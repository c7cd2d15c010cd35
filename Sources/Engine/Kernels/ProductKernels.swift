import CKernels
import COneDNN
import Graphs
import Tensors

/// Dense layers by oneDNN. A bias of one number per column is fused; another is added behind the product.
enum GemmKernel: BFloat16Kernel {
  static let kind = Gemm.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Gemm, request.isFloat, let a = request.inputs[0], let b = request.inputs[1]
    else { return nil }
    let output = request.outputs[0].shape
    let bias = request.inputs.count > 2 && op.beta != 0 ? request.inputs[2]?.shape : nil
    let isFused =
      op.beta == 1 && op.alpha == 1 && bias?.count == output[1]
      && (bias?.rank == 0 || bias?.dimensions.last == output[1])
    var spec = pdnn_matmul_spec()
    spec.batch = 1
    spec.m = Int64(output[0])
    spec.n = Int64(output[1])
    spec.k = Int64(op.transposeA ? a.shape[0] : a.shape[1])
    spec.transpose_a = op.transposeA ? 1 : 0
    spec.transpose_b = op.transposeB ? 1 : 0
    spec.has_bias = isFused ? 1 : 0
    spec.scale = op.alpha
    guard op.alpha != 0, spec.k > 0, output.count > 0, b.shape.rank == 2 else { return nil }
    let addend = isFused ? nil : bias.map { MatrixProductKernel.Addend($0, factor: op.beta, output: output) }
    return try MatrixProductKernel.plan(request, spec, addend: addend)
  }
}

/// Matrix products by oneDNN, with batches that broadcast over each other.
enum MatMulKernel: BFloat16Kernel {
  static let kind = MatMul.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    try plan(request, transposeA: false, transposeB: false)
  }

  static func plan(_ request: KernelRequest, transposeA: Bool, transposeB: Bool) throws -> KernelPlan? {
    guard request.isFloat, let a = request.inputs[0]?.shape, let b = request.inputs[1]?.shape,
      let spec = pdnn_matmul_spec(
        left: a, right: b, output: request.outputs[0].shape, transposeA: transposeA, transposeB: transposeB)
    else { return nil }
    return try MatrixProductKernel.plan(request, spec)
  }
}

extension pdnn_matmul_spec {
  /// The extents of a product of matrices in the last two axes; a vector is a row on the left, a column on the right. Nil
  /// for empty matrices and for batches of more axes than oneDNN has.
  init?(left: Shape, right: Shape, output: Shape, transposeA: Bool, transposeB: Bool) {
    guard left.rank > 0, right.rank > 0 else { return nil }
    let a = left.rank == 1 ? [1] + left.dimensions : left.dimensions
    let b = right.rank == 1 ? right.dimensions + [1] : right.dimensions
    let (rowsA, columnsA) = (a[a.count - 2], a[a.count - 1])
    self.init()
    m = Int64(transposeA ? columnsA : rowsA)
    k = Int64(transposeA ? rowsA : columnsA)
    n = Int64(b[b.count - (transposeB ? 2 : 1)])
    transpose_a = transposeA ? 1 : 0
    transpose_b = transposeB ? 1 : 0
    batch = 1
    guard output.count > 0, k > 0 else { return nil }
    if b.dropLast(2).allSatisfy({ $0 == 1 }), !transposeA {
      // All rows of a in one product.
      m *= Int64(a.dropLast(2).reduce(1, *))
    } else {
      let axes = BatchAxes(Array(a.dropLast(2)), Array(b.dropLast(2)))
      guard axes.a.count <= Int(PDNN_MATMUL_AXES) else { return nil }
      batch_rank = Int32(axes.a.count)
      withUnsafeMutableBytes(of: &a_batch) { BatchAxes.write(axes.a, to: $0) }
      withUnsafeMutableBytes(of: &b_batch) { BatchAxes.write(axes.b, to: $0) }
    }
  }
}

/// The batch axes of two operands, aligned at the end, with neighbours joined that both operands walk alike: an extent of
/// 1 beside a larger one is repeated.
private struct BatchAxes {
  private(set) var a: [Int] = []
  private(set) var b: [Int] = []

  init(_ left: [Int], _ right: [Int]) {
    let rank = max(left.count, right.count)
    let ones = { (count: Int) in [Int](repeating: 1, count: count) }
    for (x, y) in zip(ones(rank - left.count) + left, ones(rank - right.count) + right) where x != 1 || y != 1 {
      if let lastA = a.last, let lastB = b.last, (lastA == 1, lastB == 1) == (x == 1, y == 1) {
        a[a.count - 1] *= x
        b[b.count - 1] *= y
      } else {
        a.append(x)
        b.append(y)
      }
    }
  }

  /// Writes extents to an array of C.
  static func write(_ extents: [Int], to bytes: UnsafeMutableRawBufferPointer) {
    let places = bytes.bindMemory(to: Int64.self)
    for (place, extent) in extents.enumerated() { places[place] = Int64(extent) }
  }
}

/// Matrix products with transposed operands, as gradients have them.
enum BatchedProductKernel: BFloat16Kernel {
  static let kind = BatchedProduct.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? BatchedProduct else { return nil }
    return try MatMulKernel.plan(request, transposeA: op.transposeA, transposeB: op.transposeB)
  }
}

/// A prepared matrix product, and what is added to it.
final class MatrixProductKernel: Kernel {
  /// A value (input 2) that is added to a product, times a factor.
  struct Addend {
    let count: Int
    let factor: Float
    let dimensions: [Int64]
    let strides: [Int64]
    let outputStrides: [Int64]

    init(_ shape: Shape, factor: Float, output: Shape) {
      count = shape.count
      self.factor = factor
      dimensions = output.dimensions.map { Int64($0) }
      strides = Broadcasting.strides(of: shape, in: output).map { Int64($0) }
      outputStrides = output.strides.map { Int64($0) }
    }
  }

  static func plan(
    _ request: KernelRequest, _ specification: pdnn_matmul_spec, addend: Addend? = nil
  ) throws -> KernelPlan? {
    var spec = specification
    spec.a_type = PDNN_F32
    spec.b_type = PDNN_F32
    spec.c_type = PDNN_F32
    // What is added behind the product is added in float32.
    let half = addend == nil ? request.bfloat16Product(spec) : nil
    guard let operation = half?.operation ?? OneDNNOperation.matrixProduct(spec) else { return nil }
    let isPacked = half != nil && request.parameterNames[1] != nil
    var plan = KernelPlan.plain(request) {
      MatrixProductKernel(
        operation, hasBias: spec.has_bias != 0, addend: addend,
        weights: isPacked ? PackedWeights(operation, parameters: request.parameters, isParameter: true) : nil)
    }
    if let half {
      plan.inputTypes = [half.factor, isPacked ? nil : half.factor]
      plan.outputTypes = [half.result]
    }
    plan.scratchBytes = max(operation.scratchBytes, (addend?.count ?? 0) * 4)
    plan.implementation = operation.implementation
    return addend == nil ? try SparseProductKernel.plan(request, spec, over: plan) : plan
  }

  private let operation: OneDNNOperation
  private let hasBias: Bool
  private let addend: Addend?
  private let weights: PackedWeights?
  private var operands: Operands?

  private init(_ operation: OneDNNOperation, hasBias: Bool, addend: Addend?, weights: PackedWeights?) {
    self.operation = operation
    self.hasBias = hasBias
    self.addend = addend
    self.weights = weights
  }

  func bind(_ operands: Operands) {
    if operands.inputs[1] != self.operands?.inputs[1] { weights?.invalidate() }
    self.operands = operands
  }

  func run() throws {
    let operands = operands!
    try OneDNNOperation.check(
      pdnn_matmul_execute(
        operation.handle, operands.inputs[0], try weights?.current(operands.inputs[1]!) ?? operands.inputs[1],
        hasBias ? operands.inputs[2] : nil, operands.outputs[0], operands.scratch), "a matrix product")
    guard let addend else { return }
    let scaled = operands.scratch.assumingMemoryBound(to: Float.self)
    pk_fill(Int64(addend.count), 0, scaled)
    pk_axpy(Int64(addend.count), addend.factor, operands.input(2), scaled)
    pk_binary_broadcast(
      PK_ADD, Int32(addend.dimensions.count), addend.dimensions, addend.outputStrides, addend.strides,
      operands.output(), scaled, operands.output())
  }
}
