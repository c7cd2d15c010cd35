import COneDNN
import Graphs
import Tensors

/// The gradient of a convolution by its input, by oneDNN or Winograd's algorithm, channels last.
final class ConvolutionInputGradientKernel: Kernel, BFloat16Kernel {
  static let kind = ConvolutionInputGradient.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? ConvolutionInputGradient, request.isFloat, let dy = request.inputs[0],
      let w = request.inputs[1],
      let spec = pdnn_conv_spec(
        op.convolution, input: request.outputs[0].shape, weights: w.shape, output: dy.shape,
        direction: PDNN_BACKWARD_DATA)
    else { return nil }
    if let half = request.bfloat16Convolution(spec) {
      var plan = oneDNNPlan(request, half.operation)
      plan.inputTypes = [half.factor]
      plan.outputTypes = [half.result]
      return plan
    }
    let winograd = WinogradChoice.forms(request, spec) { WinogradInputGradientKernel.plan(request, $0) }
    let direct = LayerForm(name: OneDNNOperation.form, isRule: true) {
      OneDNNOperation.convolution(spec).map { oneDNNPlan(request, $0) }
    }
    return try request.tuner.plan("input gradient \(spec.key)", request, forms: winograd + [direct])
  }

  private static func oneDNNPlan(_ request: KernelRequest, _ operation: OneDNNOperation) -> KernelPlan {
    let isParameter = request.parameterNames[1] != nil
    return KernelPlan(
      inputLayouts: [.channelsLast, .plain], outputLayouts: [.channelsLast], scratchBytes: operation.scratchBytes,
      implementation: operation.implementation
    ) {
      ConvolutionInputGradientKernel(
        operation, PackedWeights(operation, parameters: request.parameters, isParameter: isParameter))
    }
  }

  private let operation: OneDNNOperation
  private let weights: PackedWeights
  private var operands: Operands?

  private init(_ operation: OneDNNOperation, _ weights: PackedWeights) {
    self.operation = operation
    self.weights = weights
  }

  func bind(_ operands: Operands) {
    if operands.inputs[1] != self.operands?.inputs[1] { weights.invalidate() }
    self.operands = operands
  }

  func run() throws {
    let operands = operands!
    try OneDNNOperation.check(
      pdnn_conv_backward_data(
        operation.handle, operands.inputs[0], try weights.current(operands.inputs[1]!), operands.outputs[0],
        operands.scratch), "a convolution's input gradient")
  }
}

/// The gradient of a convolution by its weights, by oneDNN, Winograd's algorithm or Pare's depthwise kernel, channels last;
/// the result is row-major.
final class ConvolutionWeightGradientKernel: Kernel, BFloat16Kernel {
  static let kind = ConvolutionWeightGradient.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? ConvolutionWeightGradient, request.isFloat, let dy = request.inputs[0],
      let x = request.inputs[1],
      let spec = pdnn_conv_spec(
        op.convolution, input: x.shape, weights: request.outputs[0].shape, output: dy.shape,
        direction: PDNN_BACKWARD_WEIGHTS)
    else { return nil }
    if let half = request.bfloat16Convolution(spec) {
      var plan = oneDNNPlan(half.operation)
      plan.inputTypes = [half.factor, half.factor]
      return plan
    }
    let winograd = WinogradChoice.weightGradientForm(request, spec)
    let direct = LayerForm(name: OneDNNOperation.form, isRule: true) {
      OneDNNOperation.convolution(spec).map(oneDNNPlan)
    }
    let forms = winograd + DepthwiseWeightGradientKernel.form(spec) + [direct]
    return try request.tuner.plan("weight gradient \(spec.key)", request, forms: forms)
  }

  private static func oneDNNPlan(_ operation: OneDNNOperation) -> KernelPlan {
    KernelPlan(
      inputLayouts: [.channelsLast, .channelsLast], outputLayouts: [.plain], scratchBytes: operation.scratchBytes,
      implementation: operation.implementation
    ) { ConvolutionWeightGradientKernel(operation) }
  }

  private let operation: OneDNNOperation
  private let packed: AlignedMemory?
  private var operands: Operands?

  private init(_ operation: OneDNNOperation) {
    self.operation = operation
    packed = operation.weightsArePlain ? nil : AlignedMemory(byteCount: operation.weightBytes)
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() throws {
    let operands = operands!
    let target = packed?.base ?? operands.outputs[0]!
    try OneDNNOperation.check(
      pdnn_conv_backward_weights(
        operation.handle, operands.inputs[1], operands.inputs[0], target, nil, operands.scratch),
      "a convolution's weight gradient")
    if packed != nil {
      try OneDNNOperation.check(pdnn_unpack_weights(operation.handle, target, operands.output()), "unpacking weights")
    }
  }
}
