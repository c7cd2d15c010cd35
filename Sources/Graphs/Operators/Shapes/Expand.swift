import Tensors

/// Repeats a tensor along axes of extent 1 until it has a given shape.
public struct Expand: Operator, Differentiable {
  /// The ONNX type.
  public static let kind = "Expand"
  /// The shape to reach.
  public let target: ValueShape

  /// Makes the operator.
  public init(to target: ValueShape) { self.target = target }

  /// The input's shape broadcast with the target.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let shape = type.shape else { return [type] }
    return [ValueType(type.dataType, try Broadcasting.shape(shape, target))]
  }

  /// The repeated elements.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let shape = try Broadcasting.shape(x.shape, target.bound(toBatch: context.batch))
    let offsets = Broadcasting.offsets(strides: Broadcasting.strides(of: x.shape, in: shape), over: shape)
    let values = x.doubles
    return [Tensor(doubles: offsets.map { values[$0] }, shape: shape, dataType: x.dataType)]
  }

  /// dx = dy summed over the repeated axes.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.summed(call.gradient, toShapeOf: call.inputs[0]!)]
  }
}
