import CKernels
import COneDNN
import Graphs
import Tensors

/// A product with a matrix of weights that multiplies only with those that are not zero.
final class SparseProductKernel: Kernel {
  /// From so many rows on, the rows are a convolution's pixels: vectors run along them.
  private static let manyRows = 16

  /// The dense plan, or a sparse one where that is chosen, of a x weights + bias without anything else.
  static func plan(_ request: KernelRequest, _ spec: pdnn_matmul_spec, over dense: KernelPlan) throws -> KernelPlan {
    guard SparseChoice.isOpen(request), spec.batch_rank == 0, spec.batch == 1, spec.transpose_a == 0,
      spec.scale == 0 || spec.scale == 1, let name = request.parameterNames[1],
      request.parameters.place(of: name)?.shape.rank == 2
    else { return dense }
    let (inputs, outputs) = (Int(spec.k), Int(spec.n))
    var weights = request.parameters.pointer(to: name).assumingMemoryBound(to: Float.self)
    // One row an output.
    let turned = spec.transpose_b == 0 ? AlignedMemory(byteCount: inputs * outputs * 4) : nil
    if let turned {
      pk_nchw_to_nhwc(1, spec.k, spec.n, weights, turned.floats)
      weights = turned.floats
    }
    defer { withExtendedLifetime(turned) {} }
    guard
      let choice = SparseChoice(
        request, dense: dense, rows: outputs, columns: inputs, macs: inputs * outputs * Int(spec.m), weights: weights)
    else { return dense }
    let hasBias = spec.has_bias != 0
    return try choice.best(
      of: forms(choice, rows: Int(spec.m)).compactMap { form in
        guard let packed = PackedProduct(form, spec, weights) else { return nil }
        var plan = choice.plan(
          request.node.op.kind, form.name, inputLayouts: dense.inputLayouts, outputLayout: .plain
        ) {
          SparseProductKernel(packed, hasBias: hasBias)
        }
        plan.scratchBytes = packed.scratchBytes
        return plan
      })
  }

  /// The forms that suit the weights and the number of rows, the likely fastest first.
  private static func forms(_ choice: SparseChoice, rows: Int) -> [PackedProduct.Form] {
    var forms: [PackedProduct.Form] = choice.isBlocked ? [.rows(PK_SPARSE_BLOCKS)] : []
    // Masks need an instruction that spreads values to lanes.
    let hasMasks = Engine.instructionSet == "avx512"
    let isThick = Double(choice.elements) > 0.15 * Double(choice.count)
    forms += hasMasks && isThick ? [.rows(PK_SPARSE_MASKS), .rows(PK_SPARSE_ELEMENTS)] : [.rows(PK_SPARSE_ELEMENTS)]
    let pixels = [choice.isBlocked ? PackedProduct.Form.pixels(PK_SPARSE_BLOCKS) : .pixels(PK_SPARSE_ELEMENTS)]
    return rows >= manyRows ? pixels + forms : forms
  }

  private let weights: PackedProduct
  private let hasBias: Bool
  private var operands: Operands?

  private init(_ weights: PackedProduct, hasBias: Bool) {
    self.weights = weights
    self.hasBias = hasBias
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() {
    let operands = operands!
    weights.run(operands.input(0), hasBias ? operands.input(2) : nil, operands.output(), operands.scratch)
  }
}

/// The packed weights of a sparse product, freed with their owner.
private final class PackedProduct {
  /// How weights are kept: for single rows of the other factor, or for many of them, as a convolution's pixels.
  enum Form {
    case rows(pk_sparse_form)
    case pixels(pk_sparse_form)

    var name: String {
      switch self {
      case .rows(PK_SPARSE_BLOCKS), .pixels(PK_SPARSE_BLOCKS): "sparse_blocks"
      case .rows(PK_SPARSE_MASKS): "sparse_masks"
      case .rows, .pixels: "sparse"
      }
    }
  }

  private enum Handle {
    case rows(OpaquePointer, count: Int64)
    case pixels(OpaquePointer)
  }

  private let handle: Handle

  /// Nil where the form does not suit the extents.
  init?(_ form: Form, _ spec: pdnn_matmul_spec, _ weights: UnsafePointer<Float>) {
    switch form {
    case .rows(let form):
      guard let packed = pk_sparse_matrix_pack(form, spec.n, spec.k, weights) else { return nil }
      handle = .rows(packed, count: spec.m)
    case .pixels(let form):
      var window = pk_window(
        n: spec.m, c: spec.k, h: 1, w: 1, o: spec.n, oh: 1, ow: 1, kh: 1, kw: 1, groups: 1, stride_h: 1, stride_w: 1,
        dilation_h: 1, dilation_w: 1, pad_top: 0, pad_left: 0)
      guard let packed = pk_sparse_convolution_pack(&window, form, weights) else { return nil }
      handle = .pixels(packed)
    }
  }

  deinit {
    switch handle {
    case .rows(let packed, _): pk_sparse_matrix_free(packed)
    case .pixels(let packed): pk_sparse_convolution_free(packed)
    }
  }

  var scratchBytes: Int {
    switch handle {
    case .rows: 0
    case .pixels(let packed): pk_sparse_convolution_scratch(packed)
    }
  }

  func run(
    _ x: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutableRawPointer
  ) {
    switch handle {
    case .rows(let packed, let count): pk_sparse_matrix_run(packed, count, x, bias, y)
    case .pixels(let packed):
      var activation = pk_activation(exists: 0, op: PK_RELU, alpha: 0, beta: 0)
      pk_sparse_convolution_run(packed, x, bias, nil, &activation, y, scratch)
    }
  }
}
