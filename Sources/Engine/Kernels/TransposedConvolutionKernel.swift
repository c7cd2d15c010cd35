import CKernels
import COneDNN
import Graphs
import Tensors

/// A transposed convolution as a convolution's input gradient by oneDNN, channels last, with the bias added behind it.
final class TransposedConvolutionKernel: Kernel, KernelProvider {
  static let kind = TransposedConvolution.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? TransposedConvolution, request.isFloat, let x = request.inputs[0]?.shape,
      let w = request.inputs[1]?.shape
    else { return nil }
    let output = request.outputs[0].shape
    let convolution = try op.convolution(forInput: Array(x.dimensions[2...])).convolution
    guard
      let spec = pdnn_conv_spec(
        convolution, input: output, weights: w, output: x, direction: PDNN_BACKWARD_DATA),
      let operation = OneDNNOperation.convolution(spec)
    else { return nil }
    let isParameter = request.parameterNames[1] != nil
    let hasBias = request.inputs.count > 2 && request.inputs[2] != nil
    let layouts: [Layout?] = [.channelsLast, .plain, .plain]
    return KernelPlan(
      inputLayouts: Array(layouts.prefix(request.inputs.count)), outputLayouts: [.channelsLast],
      scratchBytes: operation.scratchBytes, implementation: operation.implementation
    ) {
      TransposedConvolutionKernel(
        operation, PackedWeights(operation, parameters: request.parameters, isParameter: isParameter),
        rows: output.count / output[1], channels: hasBias ? output[1] : 0)
    }
  }

  private let operation: OneDNNOperation
  private let weights: PackedWeights
  private let rows: Int64
  /// As many as biases are added.
  private let channels: Int64
  private var operands: Operands?

  private init(_ operation: OneDNNOperation, _ weights: PackedWeights, rows: Int, channels: Int) {
    self.operation = operation
    self.weights = weights
    self.rows = Int64(rows)
    self.channels = Int64(channels)
  }

  func bind(_ operands: Operands) {
    self.operands = operands
    weights.invalidate()
  }

  func run() throws {
    let operands = operands!
    try OneDNNOperation.check(
      pdnn_conv_backward_data(
        operation.handle, operands.inputs[0], try weights.current(operands.inputs[1]!), operands.outputs[0],
        operands.scratch), "a transposed convolution")
    if channels > 0 {
      pk_binary_channel(PK_ADD, rows, channels, operands.output(), operands.input(2), operands.output())
    }
  }
}
