import COneDNN
import Graphs
import Tensors

/// A convolution on 8-bit integers with 32-bit sums: what DequantizeLinear, Conv, an activation and QuantizeLinear
/// amount to.
///
/// Inputs: x (int8 or uint8), weights (int8), bias (float32, or absent). With real = scale * integer:
/// y = activation(x.scale * weights.scale[o] * sum + bias[o]), and where there is an output scale, rounded half to even
/// and saturated. Exists only inside compiled programs.
package struct QuantizedConvolution: Operator {
  package static let kind = "QuantizedConv"
  package var convolution: Convolution
  package var activation: FusedActivation
  package var inputScale: Float
  /// One, or one per output channel.
  package var weightScales: [Float]
  /// The scale and type of an integer result; nil for a float32 one.
  package var output: (scale: Float, dataType: DataType)?

  package func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = try convolution.outputTypes(for: Array(inputs.prefix(2)))[0]
    return [ValueType(output?.dataType ?? .float32, type.shape)]
  }

  package func macs(inputs: [Shape?], outputs: [Shape]) -> Int { convolution.macs(inputs: inputs, outputs: outputs) }

  package func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!.mapToFloat64()
    let sums = try convolution.evaluate([x, inputs[1]!.mapToFloat64()], in: context)[0]
    let plane = sums.shape.dimensions[2...].reduce(1, *)
    let channels = sums.shape[1]
    let bias = inputs.count > 2 ? inputs[2]?.doubles : nil
    let reals = sums.doubles.enumerated().map { index, sum in
      let o = index / plane % channels
      let weight = weightScales[weightScales.count == 1 ? 0 : o]
      return sum * Double(inputScale) * Double(weight) + (bias?[o] ?? 0)
    }
    let real = Tensor(doubles: reals, shape: sums.shape, dataType: .float64)
    let active = try activation.op?.evaluate([real], in: context)[0] ?? real
    guard let output else { return [active.cast(to: .float32)] }
    let integers = active.doubles.map { ($0 / Double(output.scale)).rounded(.toNearestOrEven) }
    return [Tensor(doubles: integers, shape: sums.shape, dataType: output.dataType)]
  }
}

extension Tensor {
  fileprivate func mapToFloat64() -> Tensor { Tensor(doubles: doubles, shape: shape, dataType: .float64) }
}

/// The quantized convolution by oneDNN, channels last.
final class QuantizedConvolutionKernel: Kernel, KernelProvider {
  static let kind = QuantizedConvolution.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? QuantizedConvolution, let x = request.inputs[0], let w = request.inputs[1],
      let weights = request.constant(1), weights.dataType == .int8,
      var spec = pdnn_conv_spec(
        op.convolution, input: x.shape, weights: w.shape, output: request.outputs[0].shape, direction: PDNN_INFERENCE)
    else { return nil }
    let bias = request.constant(2)
    spec.src_type = x.dataType == .uint8 ? PDNN_U8 : PDNN_S8
    spec.weights_type = PDNN_S8
    switch op.output?.dataType {
    case .uint8: spec.dst_type = PDNN_U8
    case .int8: spec.dst_type = PDNN_S8
    default: spec.dst_type = PDNN_F32
    }
    spec.has_bias = bias == nil ? 0 : 1
    spec.src_scale = op.inputScale
    spec.dst_scale = op.output?.scale ?? 1
    op.activation.apply(to: &spec)
    let operation = op.weightScales.withUnsafeBufferPointer { scales in
      spec.weight_scales = scales.baseAddress
      spec.weight_scale_count = Int64(scales.count)
      return OneDNNOperation.convolution(spec)
    }
    guard let operation else { return nil }
    return KernelPlan(
      inputLayouts: [.channelsLast, .plain, nil].prefix(request.inputs.count).map { $0 },
      outputLayouts: [.channelsLast], scratchBytes: operation.scratchBytes, implementation: operation.implementation
    ) { try QuantizedConvolutionKernel(operation, weights: weights, bias: bias?.floats) }
  }

  private let operation: OneDNNOperation
  private let weights: AlignedMemory
  private let bias: AlignedMemory?
  private var operands: Operands?

  private init(_ operation: OneDNNOperation, weights: Tensor, bias: [Float]?) throws {
    self.operation = operation
    self.weights = AlignedMemory(byteCount: max(operation.weightBytes, weights.byteCount))
    let target = self.weights.base
    try weights.withUnsafeBytes { plain in
      if operation.weightsArePlain {
        target.copyMemory(from: plain.baseAddress!, byteCount: plain.count)
      } else {
        try OneDNNOperation.check(pdnn_pack_weights(operation.handle, plain.baseAddress, target), "packing weights")
      }
    }
    self.bias = bias.map { _ in AlignedMemory(byteCount: operation.biasBytes) }
    if let bias, let memory = self.bias {
      try OneDNNOperation.check(pdnn_pack_bias(operation.handle, bias, memory.base), "packing a bias")
    }
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() throws {
    let operands = operands!
    try OneDNNOperation.check(
      pdnn_conv_execute(
        operation.handle, operands.inputs[0], weights.base, bias?.base, operands.outputs[0], operands.scratch),
      "an 8-bit convolution")
  }
}
