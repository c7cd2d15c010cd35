import COneDNN
import Graphs
import Tensors

/// Convolution by oneDNN, channels last.
final class ConvolutionKernel: Kernel, KernelProvider {
  static let kind = Convolution.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? Convolution else { return nil }
    return try plan(request, convolution: op, activation: .none, hasResidual: false)
  }

  /// A plan for a convolution with what is fused behind it. Inputs: x, weights, bias (or absent), residual (or absent).
  static func plan(
    _ request: KernelRequest, convolution: Convolution, activation: FusedActivation, hasResidual: Bool
  ) throws -> KernelPlan? {
    guard request.isFloat, let x = request.inputs[0], let w = request.inputs[1] else { return nil }
    guard
      var spec = pdnn_conv_spec(
        convolution, input: x.shape, weights: w.shape, output: request.outputs[0].shape, direction: PDNN_INFERENCE)
    else { return nil }
    let hasBias = request.inputs.count > 2 && request.inputs[2] != nil
    spec.has_bias = hasBias ? 1 : 0
    spec.has_residual = hasResidual ? 1 : 0
    activation.apply(to: &spec)
    let rounding = request.options.precision == .bfloat16 ? InputRounding(spec, x) : nil
    if let rounding { spec = rounding.specification }
    guard let operation = rounding?.convolution ?? OneDNNOperation.convolution(spec) else { return nil }
    let isParameter = request.parameterNames[1] != nil
    var plan = KernelPlan(
      inputLayouts: [.channelsLast, .plain, .plain, .channelsLast].prefix(request.inputs.count).map { $0 },
      outputLayouts: [.channelsLast], scratchBytes: (rounding?.byteCount ?? 0) + operation.scratchBytes,
      implementation: operation.implementation
    ) {
      ConvolutionKernel(
        operation, PackedWeights(operation, parameters: request.parameters, isParameter: isParameter), hasBias: hasBias,
        rounding: rounding)
    }
    if hasResidual { plan.preloaded = (0, 3) }
    return plan
  }

  private let operation: OneDNNOperation
  private let weights: PackedWeights
  private let hasBias: Bool
  private let rounding: InputRounding?
  private var operands: Operands?

  private init(_ operation: OneDNNOperation, _ weights: PackedWeights, hasBias: Bool, rounding: InputRounding?) {
    self.operation = operation
    self.weights = weights
    self.hasBias = hasBias
    self.rounding = rounding
  }

  func bind(_ operands: Operands) {
    self.operands = operands
    weights.invalidate()
  }

  func run() throws {
    let operands = operands!
    var (input, scratch) = (operands.inputs[0], operands.scratch)
    if let rounding {
      try rounding.run(from: input!, to: scratch)
      (input, scratch) = (scratch, scratch + rounding.byteCount)
    }
    try OneDNNOperation.check(
      pdnn_conv_execute(
        operation.handle, input, try weights.current(operands.inputs[1]!),
        hasBias ? operands.inputs[2] : nil, operands.outputs[0], scratch), "a convolution")
  }
}

/// The rounding of a convolution's input to bfloat16, and the convolution that reads it.
private struct InputRounding {
  let specification: pdnn_conv_spec
  let convolution: OneDNNOperation
  let byteCount: Int
  private let reorder: OneDNNOperation

  /// Nil where the processor has no fast convolution of this kind.
  init?(_ float: pdnn_conv_spec, _ input: PhysicalType) {
    var spec = float
    spec.src_type = PDNN_BF16
    spec.weights_type = PDNN_BF16
    guard spec.groups == 1, let convolution = OneDNNOperation.convolution(spec),
      convolution.implementation.contains("bf16"),
      let reorder = OneDNNOperation.reorder(input.shape, .channelsLast, from: PDNN_F32, to: PDNN_BF16)
    else { return nil }
    specification = spec
    self.convolution = convolution
    self.reorder = reorder
    byteCount = AlignedMemory.padded(input.shape.count * 2)
  }

  func run(from: UnsafeMutableRawPointer, to: UnsafeMutableRawPointer) throws {
    try OneDNNOperation.check(
      pdnn_reorder_execute(reorder.handle, from, to, to + byteCount), "rounding to bfloat16")
  }
}
