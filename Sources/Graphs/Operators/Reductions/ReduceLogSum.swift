import Foundation
import Tensors

/// The logarithm of the sum over some axes; of no elements it is -infinity.
public struct ReduceLogSum: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "ReduceLogSum"
  /// The axes are an input since opset 18.
  public static let attributeInputs: Set<Int> = [1]
  /// Which axes, and whether they stay.
  public var reduction: Reduction

  /// Makes the operator; no axes means all of them.
  public init(axes: [Int], keepDimensions: Bool) { reduction = Reduction(axes: axes, keepDimensions: keepDimensions) }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { reduction = try Reduction(record: record) }

  /// The operator as opset 17 has it.
  public func form() -> NodeForm { reduction.form(Self.kind) }

  /// The input's shape with the axes removed or 1.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [try reduction.outputType(for: inputs[0]!)]
  }

  /// The logarithms in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let sum = try reduction.folded(inputs[0]!.cast(to: .float64), initial: 0, +)
    return [Tensor(doubles: sum.doubles.map { log($0) }, shape: sum.shape, dataType: inputs[0]!.dataType)]
  }

  /// dx = dy / sum, the sum being exp(y).
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let quotient = try builder.quotient(call.gradient, builder.add(Exp(), call.outputs[0]))
    return [try reduction.spread(quotient, toShapeOf: call.inputs[0]!, in: builder)]
  }

  /// The axes that stay are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    reduction.couple(call, into: &coupling)
  }
}
