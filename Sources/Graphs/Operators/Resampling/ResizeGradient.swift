import Tensors

/// The gradient of `Resize`: input dy; every element gets dy of the new elements that were made of it, with the same
/// weights.
public struct ResizeGradient: Operator {
  /// The operation's name.
  public static let kind = "ResizeGradient"
  /// The operator that is differentiated.
  public let forward: Resize
  /// The shape of its input.
  public let inputShape: ValueShape

  /// Makes the operator.
  public init(of forward: Resize, inputShape: ValueShape) {
    self.forward = forward
    self.inputShape = inputShape
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(inputs[0]!.type.dataType, inputShape)]
  }

  /// The transposed tables, applied to dy.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let dy = inputs[0]!
    var (values, shape) = (dy.doubles, dy.shape)
    for (axis, table) in try forward.tables(for: inputShape.bound(toBatch: context.batch)) {
      let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
      values = table.transposed.applied(to: values, outer: shape.dimensions[..<axis].reduce(1, *), inner: inner)
      shape[axis] = table.input
    }
    return [Tensor(doubles: values, shape: shape, dataType: dy.dataType)]
  }
}
