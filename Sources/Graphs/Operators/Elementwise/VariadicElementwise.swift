import Tensors

/// An elementwise operator on any number of inputs with broadcasting, which folds them pair by pair (Sum, Min, Max).
public protocol VariadicElementwise: ONNXOperator, Differentiable, ChannelCoupled {
  /// Combines two floats.
  func combine(_ a: Double, _ b: Double) -> Double
  /// Combines two integers.
  func combine(_ a: Int, _ b: Int) -> Int
}

extension VariadicElementwise {
  /// The operator without attributes.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The shape that all inputs broadcast to, with their common type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let types = inputs.compactMap { $0?.type }
    guard let first = types.first, types.count == inputs.count else {
      throw PareError(.badInput, "an input is missing")
    }
    guard types.allSatisfy({ $0.dataType == first.dataType }) else {
      let names = types.map(\.dataType.rawValue).joined(separator: ", ")
      throw PareError(.badInput, "inputs are \(names); ONNX wants one type")
    }
    let shapes = types.compactMap(\.shape)
    guard shapes.count == types.count else { return [ValueType(first.dataType, nil)] }
    return [ValueType(first.dataType, try shapes.dropFirst().reduce(shapes[0]) { try Broadcasting.shape($0, $1) })]
  }

  /// The inputs, combined from the first to the last; integers wrap around.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let tensors = inputs.map { $0! }
    return [
      try tensors.dropFirst().reduce(tensors[0]) { total, next in
        try total.broadcastElements(with: next, floats: combine, integers: combine)
      }
    ]
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// 1 where a equals b, otherwise 0, as floats; the shapes broadcast. Pare's own: extremes pass their gradient to where
/// they come from.
public struct EqualityMask: Operator {
  /// The operation's name.
  public static let kind = "EqualityMask"

  /// Makes the operator.
  public init() {}

  /// The broadcast shape.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Elementwise.outputTypes(for: inputs) }

  /// The mask.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try inputs[0]!.broadcastElements(with: inputs[1]!) { $0 == $1 ? 1 : 0 }]
  }
}

extension GradientCall {
  /// The gradients by the inputs of Min or Max: dy where an input is the extreme, shared evenly where several are, and
  /// summed where it was repeated.
  func sharesOfExtreme(in builder: GraphBuilder) throws -> [Value?] {
    let masks = try inputs.map { try builder.add(EqualityMask(), $0, outputs[0]) }
    let share = try builder.quotient(gradient, masks.count == 1 ? masks[0] : builder.add(Sum(), masks)[0])
    return try inputs.indices.map { index in
      guard wanted[index] else { return nil }
      return try builder.summed(builder.product(share, masks[index]), toShapeOf: inputs[index]!)
    }
  }
}
