import Graphs
import Tensors

/// A matrix product of 8-bit integers with 32-bit sums: what DequantizeLinear, MatMul or Gemm, an activation and
/// QuantizeLinear amount to.
///
/// Inputs: A (int8 or uint8), B (int8), bias (float32, one per column, or absent). With
/// number = scale * (integer - zero point): y = activation(scales * product + bias), and where there is an output format,
/// rounded half to even and saturated. Exists only inside compiled programs.
package struct QuantizedProduct: Operator {
  package static let kind = "QuantizedMatMul"
  /// Whether B is a matrix that lies transposed.
  let transposesRight: Bool
  let left: IntegerFormat
  /// One, or one per column.
  let rightScales: [Float]
  /// The zero point of B.
  let rightZeroPoint: Int
  let activation: FusedActivation
  /// The format of an integer result; nil for a float32 one.
  let output: IntegerFormat?

  package func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let pair = Array(inputs.prefix(2))
    let type =
      try transposesRight ? Gemm(transposeB: true).outputTypes(for: pair)[0] : MatMul().outputTypes(for: pair)[0]
    return [ValueType(output?.dataType ?? .float32, type.shape)]
  }

  package func macs(inputs: [Shape?], outputs: [Shape]) -> Int { MatMul().macs(inputs: inputs, outputs: outputs) }

  package func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let a = inputs[0]!.numbers(left)
    let b = inputs[1]!.cast(to: .float64).mapElements { $0 - Double(rightZeroPoint) }
    let product =
      try transposesRight
      ? Gemm(transposeB: true).evaluate([a, b], in: context)[0] : MatMul().evaluate([a, b], in: context)[0]
    let bias = inputs.count > 2 ? inputs[2]?.doubles : nil
    let columns = product.shape[product.shape.rank - 1]
    let numbers = product.doubles.enumerated().map { index, sum in
      let column = index % columns
      return sum * Double(rightScales[rightScales.count == 1 ? 0 : column]) + (bias?[column] ?? 0)
    }
    let result = Tensor(doubles: numbers, shape: product.shape, dataType: .float64)
    let active = try activation.op?.evaluate([result], in: context)[0] ?? result
    return [output.map { active.integers($0) } ?? active.cast(to: .float32)]
  }
}

/// The quantized product.
enum QuantizedProductKernel: KernelProvider {
  static let kind = QuantizedProduct.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? QuantizedProduct, let b = request.inputs[1]?.shape else { return nil }
    let right = request.constant(1).map { IntegerProductKernel.Right.constant($0) } ?? .input(1, b)
    return try IntegerProductKernel.plan(request, op, right: right, bias: request.constant(2)?.floats)
  }
}
