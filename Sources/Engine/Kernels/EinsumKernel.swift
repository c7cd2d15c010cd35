import COneDNN
import Graphs
import Tensors

/// Sums of products over named axes, as one batch of matrix products: axes that both operands and the result have are
/// its batch, those that one operand shares with the result rows or columns, those that only the operands share what is
/// summed. Operands and result are copied into that order where they lie otherwise. Other equations run the reference.
final class EinsumKernel: Kernel, KernelProvider {
  static let kind = Einsum.kind

  /// A matrix in the order of the product, and how it comes there.
  private struct Matrix {
    /// nil where it lies so already.
    let copy: StridedCopy?
    let isTransposed: Bool
    let byteCount: Int

    /// - Parameters:
    ///   - labels: the names of the axes of a row-major tensor.
    ///   - order: the batch's, the rows' and the columns' names.
    init(
      _ labels: [EinsumEquation.Label], _ order: [[EinsumEquation.Label]], _ extents: [EinsumEquation.Label: Int],
      isResult: Bool = false
    ) {
      let wanted = order.flatMap { $0 }
      isTransposed = !isResult && labels == order[0] + order[2] + order[1] && labels != wanted
      let count = labels.reduce(1) { $0 * extents[$1]! }
      guard labels != wanted, !isTransposed else {
        copy = nil
        byteCount = 0
        return
      }
      let own = Shape(labels.map { extents[$0]! })
      let strides = wanted.map { Einsum.stride(of: $0, labels, own) }
      let box = wanted.map { extents[$0]! }
      let dense = Shape(box).strides
      let order = isResult ? wanted.indices.sorted { strides[$0] > strides[$1] } : Array(wanted.indices)
      copy = StridedCopy(
        box: box, order: order, source: (isResult ? dense : strides, 0), target: (isResult ? strides : dense, 0),
        elementSize: 4)
      byteCount = AlignedMemory.padded(count * 4)
    }
  }

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Einsum, request.isFloat, request.inputs.count == 2,
      let a = request.inputs[0]?.shape, let b = request.inputs[1]?.shape, a.count > 0, b.count > 0
    else { return nil }
    let (labels, result) = try op.equation.labels(ranks: [a.rank, b.rank])
    let extents = try EinsumEquation.extents(labels, [ValueShape(a), ValueShape(b)]).mapValues { $0.bound(toBatch: 1) }
    let (left, right) = (labels[0], labels[1])
    // No diagonals, nothing repeated, nothing that one operand alone is summed over.
    guard Set(left).count == left.count, Set(right).count == right.count,
      left.allSatisfy({ right.contains($0) || result.contains($0) }),
      right.allSatisfy({ left.contains($0) || result.contains($0) }),
      zip(left, a.dimensions).allSatisfy({ extents[$0] == $1 }),
      zip(right, b.dimensions).allSatisfy({ extents[$0] == $1 })
    else { return nil }
    let batch = result.filter { left.contains($0) && right.contains($0) }
    let rows = result.filter { !right.contains($0) }
    let columns = result.filter { !left.contains($0) }
    let summed = left.filter { !result.contains($0) }
    func count(_ labels: [EinsumEquation.Label]) -> Int64 { labels.reduce(1) { $0 * Int64(extents[$1]!) } }
    let matrices = (
      Matrix(left, [batch, rows, summed], extents), Matrix(right, [batch, summed, columns], extents),
      Matrix(result, [batch, rows, columns], extents, isResult: true)
    )
    var spec = pdnn_matmul_spec()
    (spec.batch, spec.m, spec.n, spec.k) = (count(batch), count(rows), count(columns), count(summed))
    spec.transpose_a = matrices.0.isTransposed ? 1 : 0
    spec.transpose_b = matrices.1.isTransposed ? 1 : 0
    (spec.a_type, spec.b_type, spec.c_type) = (PDNN_F32, PDNN_F32, PDNN_F32)
    guard let operation = OneDNNOperation.matrixProduct(spec) else { return nil }
    var plan = KernelPlan.plain(request) { EinsumKernel(operation, matrices.0, matrices.1, matrices.2) }
    plan.scratchBytes =
      matrices.0.byteCount + matrices.1.byteCount + matrices.2.byteCount + operation.scratchBytes
    plan.implementation = operation.implementation
    return plan
  }

  private let operation: OneDNNOperation
  private let a: Matrix
  private let b: Matrix
  private let c: Matrix
  private var operands: Operands?

  private init(_ operation: OneDNNOperation, _ a: Matrix, _ b: Matrix, _ c: Matrix) {
    self.operation = operation
    self.a = a
    self.b = b
    self.c = c
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() throws {
    let operands = operands!
    var scratch = operands.scratch
    func inOrder(_ matrix: Matrix, _ memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
      guard let copy = matrix.copy else { return memory }
      copy.run(from: memory, to: scratch)
      defer { scratch += matrix.byteCount }
      return scratch
    }
    let left = inOrder(a, operands.inputs[0]!)
    let right = inOrder(b, operands.inputs[1]!)
    let product = c.copy == nil ? operands.outputs[0]! : scratch
    scratch += c.byteCount
    try OneDNNOperation.check(
      pdnn_matmul_execute(operation.handle, left, right, nil, product, scratch), "sums of products")
    c.copy?.run(from: product, to: operands.outputs[0]!)
  }
}
