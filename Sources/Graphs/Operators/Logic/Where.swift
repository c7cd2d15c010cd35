import Tensors

/// A choice element by element with broadcasting: inputs a condition (booleans), a and b; y = a where the condition is
/// true, otherwise b.
public struct Where: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Where"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The shape that all three broadcast to, with the type of a and b.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let condition = inputs[0]!.type
    guard condition.dataType == .bool else {
      throw PareError(.badInput, "the condition is \(condition.dataType.rawValue), not bool")
    }
    let type = try Elementwise.outputTypes(for: Array(inputs.dropFirst()))[0]
    guard let shape = condition.shape, let other = type.shape else { return [ValueType(type.dataType, nil)] }
    return [ValueType(type.dataType, try Broadcasting.shape(shape, other))]
  }

  /// The choice, where the condition and both inputs are known integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    let lists = inputs.compactMap { $0?.integerDimensions }
    guard lists.count == 3, let count = lists.map(\.count).max(),
      lists.allSatisfy({ $0.count == count || $0.count == 1 })
    else { return nil }
    func element(_ list: Int, _ index: Int) -> Dimension { lists[list][lists[list].count == 1 ? 0 : index] }
    let chosen = (0..<count).compactMap { index in
      element(0, index).fixedExtent.map { element($0 != 0 ? 1 : 2, index) }
    }
    return chosen.count == count ? chosen : nil
  }

  /// The chosen elements, bit by bit.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (condition, a, b) = (inputs[0]!, inputs[1]!, inputs[2]!)
    let shape = try Broadcasting.shape(condition.shape, Broadcasting.shape(a.shape, b.shape))
    let truths = condition.integers
    let whether = Broadcasting.offsets(strides: Broadcasting.strides(of: condition.shape, in: shape), over: shape)
    let offsets = zip(whether, Broadcasting.pairs(a.shape, b.shape, in: shape)).map { condition, pair in
      truths[condition] != 0 ? pair.0 : a.count + pair.1
    }
    let both = try a.withUnsafeBytes { left in
      try b.withUnsafeBytes { right in
        try (Array(left) + Array(right)).withUnsafeBytes {
          try Tensor(bytes: $0, shape: [a.count + b.count], dataType: a.dataType)
        }
      }
    }
    return [both.gathering(offsets, shape: shape)]
  }

  /// da = dy where the condition is true and db = dy where it is not, each summed where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (condition, zero) = (call.inputs[0]!, builder.scalar(0))
    var gradients: [Value?] = [nil, nil, nil]
    if call.wanted[1] {
      let part = try builder.selection(where: condition, call.gradient, otherwise: zero)
      gradients[1] = try builder.summed(part, toShapeOf: call.inputs[1]!)
    }
    if call.wanted[2] {
      let part = try builder.selection(where: condition, zero, otherwise: call.gradient)
      gradients[2] = try builder.summed(part, toShapeOf: call.inputs[2]!)
    }
    return gradients
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension GraphBuilder {
  /// Adds a choice: `a` where the condition is true, otherwise `b`.
  public func selection(where condition: Value, _ a: Value, otherwise b: Value) throws -> Value {
    try add(Where(), condition, a, b)
  }
}
