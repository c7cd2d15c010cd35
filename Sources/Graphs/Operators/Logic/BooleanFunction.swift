import Tensors

/// An operator that combines two tensors of booleans with broadcasting.
public protocol BooleanFunction: ONNXOperator, ChannelCoupled {
  /// The function's value.
  func value(_ a: Bool, _ b: Bool) -> Bool
}

extension BooleanFunction {
  /// The operator without attributes.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// Booleans of the broadcast shape.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = try Elementwise.outputTypes(for: inputs)[0]
    guard type.dataType == .bool else {
      throw PareError(.badInput, "an input is \(type.dataType.rawValue), not bool")
    }
    return [type]
  }

  /// The result, where both inputs are known.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    Elementwise.symbolicOutput(for: inputs) { a, b in
      guard let a = a.fixedExtent, let b = b.fixedExtent else { return nil }
      return .fixed(value(a != 0, b != 0) ? 1 : 0)
    }
  }

  /// The function, element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let function = { (a: Int, b: Int) in value(a != 0, b != 0) }
    return [
      try inputs[0]!.compared(
        with: inputs[1]!, floats: { function($0 == 0 ? 0 : 1, $1 == 0 ? 0 : 1) }, integers: function)
    ]
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}
