import Foundation
import Tensors

/// The logarithm of the sum of exponentials over some axes, without overflow; of no elements it is -infinity.
public struct ReduceLogSumExp: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "ReduceLogSumExp"
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
    let x = inputs[0]!.cast(to: .float64)
    let tops = try reduction.folded(x, initial: -.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
    // An infinite top would make the differences NaN.
    let shifts = tops.doubles.map { $0.isFinite ? $0 : 0 }
    let (places, _) = try reduction.places(in: x.shape)
    var sums = [Double](repeating: 0, count: shifts.count)
    for (value, place) in zip(x.doubles, places) { sums[place] += exp(value - shifts[place]) }
    let y = zip(sums, shifts).map { log($0) + $1 }
    return [Tensor(doubles: y, shape: tops.shape, dataType: inputs[0]!.dataType)]
  }

  /// dx = dy * exp(x - y).
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let x = call.inputs[0]!
    let share = try builder.difference(x, reduction.spread(call.outputs[0], toShapeOf: x, in: builder))
    let spread = try reduction.spread(call.gradient, toShapeOf: x, in: builder)
    return [try builder.product(spread, builder.add(Exp(), share))]
  }

  /// The axes that stay are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    reduction.couple(call, into: &coupling)
  }
}
