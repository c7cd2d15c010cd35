import Foundation
import Tensors

/// Probabilities from scores: y_i = exp(x_i) / sum over j of exp(x_j) along one axis.
///
/// Before opset 13 ONNX normalised over all axes from `axis` on; that form is read where it comes to a single axis.
public struct Softmax: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Softmax"
  /// The axis along which the elements compete; negative counts from the end.
  public var axis: Int

  /// Makes the operator.
  public init(axis: Int = -1) { self.axis = axis }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { axis = try AxisLines.competingAxis(of: record) }

  /// The operator as opset 13 has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["axis": .int(axis)]) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    if let shape = type.shape { _ = try Shape.normalizedAxis(axis, rank: shape.rank) }
    return [type]
  }

  /// The quotients, with the largest score subtracted first so that nothing overflows.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let values = x.doubles
    var y = values
    try AxisLines(of: x.shape, axis: axis).forEach { line in
      let top = line.reduce(-Double.infinity) { max($0, values[$1]) }
      let total = line.reduce(0) { $0 + exp(values[$1] - top) }
      for index in line { y[index] = exp(values[index] - top) / total }
    }
    return [Tensor(doubles: y, shape: x.shape, dataType: x.dataType)]
  }

  /// dx_i = y_i * (dy_i - sum over j of dy_j * y_j).
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(SoftmaxGradient(axis: axis), call.gradient, call.outputs[0])]
  }

  /// The other axes pass through; along its own no index can go without changing the rest.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    AxisLines.couple(call, axis: axis, into: &coupling)
  }
}

/// The gradient of `Softmax`: inputs dy and y; dx_i = y_i * (dy_i - sum over j of dy_j * y_j).
public struct SoftmaxGradient: Operator {
  /// The operation's name.
  public static let kind = "SoftmaxGradient"
  /// The axis along which the elements compete.
  public let axis: Int

  /// Makes the operator.
  public init(axis: Int) { self.axis = axis }

  /// The gradient's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// dx_i = y_i * (dy_i - sum over j of dy_j * y_j).
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, y) = (inputs[0]!.doubles, inputs[1]!.doubles)
    let shape = inputs[1]!.shape
    var dx = dy
    try AxisLines(of: shape, axis: axis).forEach { line in
      let total = line.reduce(0) { $0 + dy[$1] * y[$1] }
      for index in line { dx[index] = y[index] * (dy[index] - total) }
    }
    return [Tensor(doubles: dx, shape: shape, dataType: inputs[0]!.dataType)]
  }
}

extension GraphBuilder {
  /// Adds probabilities along an axis, the last where omitted.
  public func softmax(_ x: Value, axis: Int = -1) throws -> Value { try add(Softmax(axis: axis), x) }
}
