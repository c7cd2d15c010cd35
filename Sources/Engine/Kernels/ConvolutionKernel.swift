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
      var plan = oneDNNPlan(request, half.operation, spec)
      plan.inputTypes = [half.factor, nil, nil, half.result]
      plan.outputTypes = [half.result]
      return try SparseConvolutionKernel.plan(request, spec, activation: activation, over: plan)
    }
    let winograd = WinogradChoice.form(request, spec) {
      WinogradConvolutionKernel.plan(request, $0, activation: activation, hasResidual: hasResidual)
    }
    let direct = LayerForm(name: OneDNNOperation.form, isRule: true) {
      OneDNNOperation.convolution(spec).map { oneDNNPlan(request, $0, spec) }
    }
    guard let plan = try request.tuner.plan("forward \(spec.key)", request, forms: winograd + [direct]) else {
      return nil
    }
    return try SparseConvolutionKernel.plan(request, spec, activation: activation, over: plan)
  }

  private static func oneDNNPlan(
    _ request: KernelRequest, _ operation: OneDNNOperation, _ spec: pdnn_conv_spec
  ) -> KernelPlan {
    let isParameter = request.parameterNames[1] != nil
    var plan = KernelPlan(
      inputLayouts: [.channelsLast, .plain, .plain, .channelsLast].prefix(request.inputs.count).map { $0 },
      outputLayouts: [.channelsLast], scratchBytes: operation.scratchBytes, implementation: operation.implementation
    ) {
      ConvolutionKernel(
        operation, PackedWeights(operation, parameters: request.parameters, isParameter: isParameter),
        hasBias: spec.has_bias != 0)
    }
    if spec.has_residual != 0 { plan.preloaded = (0, 3) }
    return plan
  }

  private let operation: OneDNNOperation
  private let weights: PackedWeights
  private let hasBias: Bool
  private var operands: Operands?

  private init(_ operation: OneDNNOperation, _ weights: PackedWeights, hasBias: Bool) {
    self.operation = operation
    self.weights = weights
    self.hasBias = hasBias
  }

  func bind(_ operands: Operands) {
    if operands.inputs[1] != self.operands?.inputs[1] { weights.invalidate() }
    self.operands = operands
  }

  func run() throws {
    let operands = operands!
    try OneDNNOperation.check(
      pdnn_conv_execute(
        operation.handle, operands.inputs[0], try weights.current(operands.inputs[1]!),
        hasBias ? operands.inputs[2] : nil, operands.outputs[0], operands.scratch), "a convolution")
  }
}
