import Graphs
import Tensors

/// The integer form of ONNX's older operators on quantized tensors: the kernels are those of the operators between
/// DequantizeLinear and QuantizeLinear. Scales, zero points and weights that are computed run the reference.
enum QLinearKernels {
  /// The format of an activation from the inputs that hold its scale and zero point.
  private static func format(_ request: KernelRequest, type: DataType?, scale: Int) -> IntegerFormat? {
    guard let type, let scales = request.constant(scale), scales.count == 1, let zeros = request.constant(scale + 1),
      zeros.count == 1,
      let format = IntegerFormat(type, scale: scales.floats[0], zeroPoint: zeros.integers[0])
    else { return nil }
    return format.isOrdinary ? format : nil
  }

  /// The constant weights at input 3, whose scale and zero point follow.
  private static func weights(_ request: KernelRequest, outputAxis: Int) -> IntegerWeights? {
    guard let tensor = request.constant(3), let scales = request.constant(4), let zeros = request.constant(5) else {
      return nil
    }
    return IntegerWeights(
      tensor, scales: scales.floats, zeroPoints: zeros.integers, alongAxis: outputAxis, axis: outputAxis)
  }

  enum ConvolutionKernel: KernelProvider {
    static let kind = QLinearConv.kind

    static func plan(_ request: KernelRequest) throws -> KernelPlan? {
      guard let op = request.node.op as? QLinearConv, let weights = weights(request, outputAxis: 0),
        weights.zeroPoint == 0,
        let input = format(request, type: request.inputs[0]?.dataType, scale: 1),
        let output = format(request, type: request.outputs[0].dataType, scale: 6)
      else { return nil }
      var bias: [Float]?
      if request.inputs.count > 8, request.inputs[8] != nil {
        guard let integers = request.constant(8) else { return nil }
        bias = integers.doubles.enumerated().map { index, integer in
          let weightScale = weights.scales[weights.scales.count == 1 ? 0 : index]
          return Float(integer * Double(input.scale) * Double(weightScale))
        }
      }
      let quantized = QuantizedConvolution(
        convolution: op.convolution, activation: .none, input: input, weightScales: weights.scales, output: output)
      return try IntegerConvolutionKernel.plan(request, quantized, weights: weights.integers, bias: bias)
    }
  }

  enum MatMulKernel: KernelProvider {
    static let kind = QLinearMatMul.kind

    static func plan(_ request: KernelRequest) throws -> KernelPlan? {
      guard let a = request.inputs[0], let b = request.inputs[3],
        let left = format(request, type: a.dataType, scale: 1),
        let output = format(request, type: request.outputs[0].dataType, scale: 6)
      else { return nil }
      if b.shape.rank == 2, let weights = weights(request, outputAxis: 1) {
        let product = QuantizedProduct(
          transposesRight: false, left: left, rightScales: weights.scales, rightZeroPoint: weights.zeroPoint,
          activation: .none, output: output)
        return try IntegerProductKernel.plan(request, product, right: .constant(weights.integers), bias: nil)
      }
      guard let right = format(request, type: b.dataType, scale: 4), right.dataType == .int8 else { return nil }
      let product = QuantizedProduct(
        transposesRight: false, left: left, rightScales: [right.scale], rightZeroPoint: right.zeroPoint,
        activation: .none, output: output)
      return try IntegerProductKernel.plan(request, product, right: .input(3, b.shape), bias: nil)
    }
  }
}
