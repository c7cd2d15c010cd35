import Graphs
import Tensors

/// A convolution on 8-bit integers with 32-bit sums: what DequantizeLinear, Conv, an activation and QuantizeLinear
/// amount to.
///
/// Inputs: x (int8 or uint8), weights (int8), bias (float32, or absent). With number = scale * (integer - zero point):
/// y = activation(scales * sum + bias[o]), and where there is an output format, rounded half to even and saturated.
/// Padding is the number 0. Exists only inside compiled programs.
package struct QuantizedConvolution: Operator {
  package static let kind = "QuantizedConv"
  let convolution: Convolution
  let activation: FusedActivation
  let input: IntegerFormat
  /// One, or one per output channel.
  let weightScales: [Float]
  /// The format of an integer result; nil for a float32 one.
  let output: IntegerFormat?

  package func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = try convolution.outputTypes(for: Array(inputs.prefix(2)))[0]
    return [ValueType(output?.dataType ?? .float32, type.shape)]
  }

  package func macs(inputs: [Shape?], outputs: [Shape]) -> Int { convolution.macs(inputs: inputs, outputs: outputs) }

  package func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let weights = inputs[1]!.cast(to: .float64)
    let sums = try convolution.evaluate([inputs[0]!.numbers(input), weights], in: context)[0]
    let plane = sums.shape.dimensions[2...].reduce(1, *)
    let bias = inputs.count > 2 ? inputs[2]?.doubles : nil
    let numbers = sums.doubles.enumerated().map { index, sum in
      let o = index / plane % sums.shape[1]
      return sum * Double(weightScales[weightScales.count == 1 ? 0 : o]) + (bias?[o] ?? 0)
    }
    let result = Tensor(doubles: numbers, shape: sums.shape, dataType: .float64)
    let active = try activation.op?.evaluate([result], in: context)[0] ?? result
    return [output.map { active.integers($0) } ?? active.cast(to: .float32)]
  }
}

/// The quantized convolution, channels last.
enum QuantizedConvolutionKernel: KernelProvider {
  static let kind = QuantizedConvolution.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? QuantizedConvolution, let weights = request.constant(1) else { return nil }
    return try IntegerConvolutionKernel.plan(
      request, op, weights: weights, bias: request.constant(2)?.floats)
  }
}
