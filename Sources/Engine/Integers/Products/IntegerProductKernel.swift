import CKernels
import COneDNN
import Graphs
import Tensors

/// A matrix product of 8-bit integers. Its first operand is A; B is a constant that is packed once, or another
/// operand of type int8.
final class IntegerProductKernel: Kernel {
  /// Where B comes from.
  enum Right {
    /// Constant weights.
    case constant(Tensor)
    /// An input of a shape.
    case input(Int, Shape)

    var shape: Shape {
      switch self {
      case .constant(let tensor): tensor.shape
      case .input(_, let shape): shape
      }
    }
  }

  /// A plan for a product with the request's first input; nil where no kernel has it.
  static func plan(
    _ request: KernelRequest, _ op: QuantizedProduct, right: Right, bias: [Float]?
  ) throws -> KernelPlan? {
    guard let a = request.inputs[0], a.dataType == op.left.dataType,
      var spec = pdnn_matmul_spec(
        left: a.shape, right: right.shape, output: request.outputs[0].shape, transposeA: false,
        transposeB: op.transposesRight)
    else { return nil }
    spec.a_type = op.left.oneDNNType
    spec.scale = op.left.scale
    spec.a_zero_point = op.left.oneDNNZeroPoint
    spec.b_zero_point = pdnn_zero_point(exists: op.rightZeroPoint == 0 ? 0 : 1, value: Int32(op.rightZeroPoint))
    spec.c_type = op.output?.oneDNNType ?? PDNN_F32
    spec.c_scale = op.output?.scale ?? 1
    if let output = op.output { spec.c_zero_point = output.oneDNNZeroPoint }
    spec.has_bias = bias == nil ? 0 : 1
    return plan(
      request, spec, right: right, scales: op.rightScales, activation: op.activation, bias: bias, correction: nil)
  }

  /// A plan for exact 32-bit sums; nil where no kernel has it.
  ///
  /// - Parameters:
  ///   - sums: the sums of B's columns, where A has a zero point.
  ///   - zeroPoint: the input that holds A's zero point, one or one per row.
  static func plan(
    _ request: KernelRequest, right: Right, correction: (zeroPoint: Int, sums: [Int32])?
  ) throws -> KernelPlan? {
    guard let a = request.inputs[0],
      var spec = pdnn_matmul_spec(
        left: a.shape, right: right.shape, output: request.outputs[0].shape, transposeA: false, transposeB: false)
    else { return nil }
    spec.a_type = a.dataType == .uint8 ? PDNN_U8 : PDNN_S8
    spec.c_type = PDNN_S32
    var rows: RowCorrection?
    if let correction {
      guard let type = request.inputs[correction.zeroPoint] else { return nil }
      rows = RowCorrection(
        input: correction.zeroPoint, isSigned: type.dataType == .int8, count: type.shape.count,
        rows: request.outputs[0].shape.count / correction.sums.count, sums: correction.sums)
      guard type.shape.count == 1 || type.shape.count == rows?.rows else { return nil }
    }
    return plan(request, spec, right: right, scales: [], activation: .none, bias: nil, correction: rows)
  }

  private static func plan(
    _ request: KernelRequest, _ specification: pdnn_matmul_spec, right: Right, scales: [Float],
    activation: FusedActivation, bias: [Float]?, correction: RowCorrection?
  ) -> KernelPlan? {
    var spec = specification
    spec.b_type = PDNN_S8
    activation.apply(to: &spec)
    if case .constant = right { spec.packed_b = 1 }
    let exact = scales.withUnsafeBufferPointer { scales in
      spec.column_scales = scales.baseAddress
      spec.column_scale_count = Int64(scales.count)
      return OneDNNProducts(spec)
    }
    let products: (any IntegerProducts)? = exact ?? WidenedProducts(spec, scales: scales, activation: activation)
    guard let products else { return nil }
    var plan = KernelPlan.plain(request) {
      switch right {
      case .constant(let weights): try products.prepare(weights: weights, bias: bias)
      case .input: try products.prepare(weights: nil, bias: bias)
      }
      return IntegerProductKernel(products, right: right, correction: correction)
    }
    plan.scratchBytes = products.scratchBytes
    plan.implementation = products.implementation
    return plan
  }

  private let products: any IntegerProducts
  private let rightInput: Int?
  private let correction: RowCorrection?
  private var operands: Operands?

  private init(_ products: any IntegerProducts, right: Right, correction: RowCorrection?) {
    self.products = products
    self.correction = correction
    if case .input(let position, _) = right { rightInput = position } else { rightInput = nil }
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() throws {
    let operands = operands!
    try products.run(
      operands.inputs[0], weights: rightInput.flatMap { operands.inputs[$0] }, into: operands.outputs[0],
      scratch: operands.scratch)
    correction?.apply(operands)
  }
}

/// What a zero point of A, one or one per row, adds to a product: itself times the sum of B's column.
private struct RowCorrection {
  let input: Int
  let isSigned: Bool
  let count: Int
  let rows: Int
  let sums: [Int32]

  func apply(_ operands: Operands) {
    let bytes = UnsafeRawBufferPointer(start: operands.inputs[input], count: count)
    let points = bytes.map { isSigned ? Int32(Int8(bitPattern: $0)) : Int32($0) }
    pk_subtract_products(
      Int64(rows), Int64(sums.count), points, count == 1 ? 1 : 0, sums,
      operands.outputs[0]!.assumingMemoryBound(to: Int32.self))
  }
}
