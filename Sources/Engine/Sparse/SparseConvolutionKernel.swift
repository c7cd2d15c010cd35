import CKernels
import COneDNN
import Graphs
import Tensors

/// A convolution that multiplies only with weights that are not zero, channels last outside and planar inside.
final class SparseConvolutionKernel: Kernel {
  /// The dense plan, or a sparse one where that is chosen. Inputs: x, weights, bias and residual (or absent).
  static func plan(
    _ request: KernelRequest, _ spec: pdnn_conv_spec, activation: FusedActivation, over dense: KernelPlan
  ) throws -> KernelPlan {
    guard SparseChoice.isOpen(request), spec.groups == 1, let name = request.parameterNames[1] else { return dense }
    let weights = request.parameters.pointer(to: name).assumingMemoryBound(to: Float.self)
    let columns = Int(spec.c * spec.kh * spec.kw)
    guard
      let choice = SparseChoice(
        request, dense: dense, rows: Int(spec.o), columns: columns, macs: columns * request.outputs[0].shape.count,
        weights: weights)
    else { return dense }
    var forms = [(PK_SPARSE_ELEMENTS, "sparse")]
    if choice.isBlocked { forms.insert((PK_SPARSE_BLOCKS, "sparse_blocks"), at: 0) }
    let plans = forms.compactMap { form, label -> KernelPlan? in
      guard let packed = SparseConvolutionWeights(pk_window(spec), form, weights) else { return nil }
      var plan = choice.plan(
        Convolution.kind, label, inputLayouts: dense.inputLayouts, outputLayout: .channelsLast
      ) {
        SparseConvolutionKernel(packed, activation)
      }
      plan.scratchBytes = packed.scratchBytes
      if spec.has_residual != 0 { plan.inPlace = [(0, 3)] }
      return plan
    }
    return try choice.best(of: plans)
  }

  private let weights: SparseConvolutionWeights
  private var activation: pk_activation
  private var operands: Operands?

  private init(_ weights: SparseConvolutionWeights, _ activation: FusedActivation) {
    self.weights = weights
    self.activation = pk_activation(activation)
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() {
    let operands = operands!
    func floats(_ index: Int) -> UnsafeMutablePointer<Float>? {
      index < operands.inputs.count && operands.inputs[index] != nil ? operands.input(index) : nil
    }
    pk_sparse_convolution_run(
      weights.handle, operands.input(0), floats(2), floats(3), &activation, operands.output(), operands.scratch)
  }
}

/// The packed weights of a sparse convolution, freed with their owner.
private final class SparseConvolutionWeights {
  let handle: OpaquePointer

  /// Nil where the form does not suit the extents.
  init?(_ window: pk_window, _ form: pk_sparse_form, _ weights: UnsafePointer<Float>) {
    var window = window
    guard let handle = pk_sparse_convolution_pack(&window, form, weights) else { return nil }
    self.handle = handle
  }

  deinit { pk_sparse_convolution_free(handle) }

  var scratchBytes: Int { pk_sparse_convolution_scratch(handle) }
}
