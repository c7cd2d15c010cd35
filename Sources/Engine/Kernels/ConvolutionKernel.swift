import CKernels
import COneDNN
import Graphs
import Tensors

/// Convolution by oneDNN, or by Winograd's algorithm where that pays, channels last.
final class ConvolutionKernel: Kernel, BFloat16Kernel {
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
    if let half = request.bfloat16Convolution(spec) {
      var plan = oneDNNPlan(request, half.operation, ConvolutionParts(whole: spec))
      plan.inputTypes = [half.factor, nil, nil, half.result]
      plan.outputTypes = [half.result]
      return try SparseConvolutionKernel.plan(request, spec, activation: activation, over: plan)
    }
    let winograd = WinogradChoice.forms(request, spec) {
      WinogradConvolutionKernel.plan(request, $0, activation: activation, hasResidual: hasResidual)
    }
    let direct = LayerForm(name: OneDNNOperation.form, isRule: true) {
      let (parts, behind) = ConvolutionParts.forActivation(activation, of: spec)
      return OneDNNOperation.convolution(parts.spec).map { oneDNNPlan(request, $0, parts, behind: behind) }
    }
    guard let plan = try request.tuner.plan("forward \(spec.key)", request, forms: winograd + [direct]) else {
      return nil
    }
    return try SparseConvolutionKernel.plan(request, spec, activation: activation, over: plan)
  }

  private static func oneDNNPlan(
    _ request: KernelRequest, _ operation: OneDNNOperation, _ parts: ConvolutionParts,
    behind: FusedActivation = .none
  ) -> KernelPlan {
    let isParameter = request.parameterNames[1] != nil
    var plan = KernelPlan(
      inputLayouts: [.channelsLast, .plain, .plain, .channelsLast].prefix(request.inputs.count).map { $0 },
      outputLayouts: [.channelsLast], scratchBytes: operation.scratchBytes, implementation: operation.implementation
    ) {
      ConvolutionKernel(
        operation, PackedWeights(operation, parameters: request.parameters, isParameter: isParameter), parts,
        behind: behind)
    }
    if parts.spec.has_residual != 0 { plan.preloaded = (0, 3) }
    return plan
  }

  private let operation: OneDNNOperation
  private let weights: PackedWeights
  private let parts: ConvolutionParts
  /// What is applied to each part's results once they are stored.
  private let behind: pk_activation
  private var operands: Operands?

  private init(
    _ operation: OneDNNOperation, _ weights: PackedWeights, _ parts: ConvolutionParts, behind: FusedActivation
  ) {
    self.operation = operation
    self.weights = weights
    self.parts = parts
    self.behind = pk_activation(behind)
  }

  func bind(_ operands: Operands) {
    if operands.inputs[1] != self.operands?.inputs[1] { weights.invalidate() }
    self.operands = operands
  }

  func run() throws {
    let operands = operands!
    let packed = try weights.current(operands.inputs[1]!)
    let bias = parts.spec.has_bias != 0 ? operands.inputs[2] : nil
    for part in 0..<parts.count {
      let x = operands.inputs[0]! + part * parts.inputBytes, y = operands.outputs[0]! + part * parts.outputBytes
      try OneDNNOperation.check(
        pdnn_conv_execute(operation.handle, x, packed, bias, y, operands.scratch), "a convolution")
      guard behind.exists != 0 else { continue }
      let floats = y.assumingMemoryBound(to: Float.self)
      pk_unary(
        behind.op, Int64(parts.outputBytes / MemoryLayout<Float>.size), floats, behind.alpha, behind.beta, floats)
    }
  }
}
