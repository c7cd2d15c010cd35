import Graphs
import Tensors

/// A convolution with what follows it: y = activation(convolution(x, weights) + bias + residual).
///
/// Inputs: x, weights, bias (or absent), residual (or absent). Exists only inside compiled programs.
package struct FusedConvolution: Operator {
  package static let kind = "FusedConv"
  package var convolution: Convolution
  package var activation: FusedActivation
  package var hasResidual: Bool

  package func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    try convolution.outputTypes(for: Array(inputs.prefix(3)))
  }

  package func macs(inputs: [Shape?], outputs: [Shape]) -> Int { convolution.macs(inputs: inputs, outputs: outputs) }

  package func role(ofInput index: Int) -> ParameterRole {
    index < 3 ? convolution.role(ofInput: index) : .constant
  }

  package func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    var y = try convolution.evaluate(Array(inputs.prefix(3)), in: context)[0]
    if hasResidual, let residual = inputs[3] { y = try Add().evaluate([y, residual], in: context)[0] }
    return try activation.op?.evaluate([y], in: context) ?? [y]
  }
}

/// A fused convolution by oneDNN.
enum FusedConvolutionKernel: BFloat16Kernel {
  static let kind = FusedConvolution.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? FusedConvolution else { return nil }
    return try ConvolutionKernel.plan(
      request, convolution: op.convolution, activation: op.activation, hasResidual: op.hasResidual)
  }
}
