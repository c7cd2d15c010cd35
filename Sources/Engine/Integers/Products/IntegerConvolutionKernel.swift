import COneDNN
import Graphs
import Tensors

/// A convolution of 8-bit integers, channels last. Its first operand is x; weights and bias are constants that are packed
/// once.
final class IntegerConvolutionKernel: Kernel {
  /// A plan for a convolution of the request's first input; nil where no kernel has it.
  static func plan(
    _ request: KernelRequest, _ op: QuantizedConvolution, weights: Tensor, bias: [Float]?
  ) throws -> KernelPlan? {
    guard let x = request.inputs[0], x.dataType == op.input.dataType,
      var spec = pdnn_conv_spec(
        op.convolution, input: x.shape, weights: weights.shape, output: request.outputs[0].shape,
        direction: PDNN_INFERENCE)
    else { return nil }
    spec.dst_type = op.output?.oneDNNType ?? PDNN_F32
    spec.dst_scale = op.output?.scale ?? 1
    if let output = op.output { spec.dst_zero_point = output.oneDNNZeroPoint }
    spec.src_type = op.input.oneDNNType
    spec.src_scale = op.input.scale
    spec.src_zero_point = op.input.oneDNNZeroPoint
    spec.has_bias = bias == nil ? 0 : 1
    return plan(
      request, spec, weights: weights, scales: op.weightScales, activation: op.activation, bias: bias,
      zeroPoint: .constant(op.input.zeroPoint))
  }

  /// A plan for exact 32-bit sums of the request's first input; nil where no kernel has it.
  ///
  /// - Parameter zeroPoint: x's zero point.
  static func plan(
    _ request: KernelRequest, sumsOf convolution: Convolution, weights: Tensor, zeroPoint: SourceZeroPoint
  ) throws -> KernelPlan? {
    guard let x = request.inputs[0],
      var spec = pdnn_conv_spec(
        convolution, input: x.shape, weights: weights.shape, output: request.outputs[0].shape,
        direction: PDNN_INFERENCE)
    else { return nil }
    spec.src_type = x.dataType == .uint8 ? PDNN_U8 : PDNN_S8
    spec.dst_type = PDNN_S32
    switch zeroPoint {
    case .constant(let value): spec.src_zero_point = pdnn_zero_point(exists: value == 0 ? 0 : 1, value: Int32(value))
    case .int8, .uint8: spec.src_zero_point.exists = 1
    }
    return plan(
      request, spec, weights: weights, scales: [1], activation: .none, bias: nil, zeroPoint: zeroPoint)
  }

  private static func plan(
    _ request: KernelRequest, _ specification: pdnn_conv_spec, weights: Tensor, scales: [Float],
    activation: FusedActivation, bias: [Float]?, zeroPoint: SourceZeroPoint
  ) -> KernelPlan? {
    var spec = specification
    spec.weights_type = PDNN_S8
    activation.apply(to: &spec)
    let exact = scales.withUnsafeBufferPointer { scales in
      spec.weight_scales = scales.baseAddress
      spec.weight_scale_count = Int64(scales.count)
      return OneDNNProducts(spec)
    }
    let products: (any IntegerProducts)? = exact ?? WidenedProducts(spec, scales: scales, activation: activation)
    guard let products else { return nil }
    let layouts = request.inputs.indices.map { $0 == 0 ? Layout.channelsLast : nil }
    return KernelPlan(
      inputLayouts: layouts, outputLayouts: [.channelsLast], scratchBytes: products.scratchBytes,
      implementation: products.implementation
    ) {
      try products.prepare(weights: weights, bias: bias)
      return IntegerConvolutionKernel(products, zeroPoint)
    }
  }

  private let products: any IntegerProducts
  private let zeroPoint: SourceZeroPoint
  private var operands: Operands?

  private init(_ products: any IntegerProducts, _ zeroPoint: SourceZeroPoint) {
    self.products = products
    self.zeroPoint = zeroPoint
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() throws {
    let operands = operands!
    switch zeroPoint {
    case .constant: break
    case .int8(let input): products.setSourceZeroPoint(Int32(operands.inputs[input]!.load(as: Int8.self)))
    case .uint8(let input): products.setSourceZeroPoint(Int32(operands.inputs[input]!.load(as: UInt8.self)))
    }
    try products.run(operands.inputs[0], weights: nil, into: operands.outputs[0], scratch: operands.scratch)
  }
}

/// Where the zero point of an operand comes from.
enum SourceZeroPoint {
  /// It is known when the program is compiled.
  case constant(Int)
  /// It is what the input at a position holds at each run, a signed or an unsigned byte.
  case int8(Int)
  case uint8(Int)
}
