import Tensors

/// The product over some axes; of no elements it is 1.
public struct ReduceProd: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "ReduceProd"
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

  /// The products in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try reduction.folded(inputs[0]!, initial: 1, *)]
  }

  /// dx is dy times the product of the other elements.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(ReduceProdGradient(reduction: reduction), call.gradient, call.inputs[0])]
  }

  /// The axes that stay are coupled.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    reduction.couple(call, into: &coupling)
  }
}

/// The gradient of `ReduceProd`: inputs dy and x; dx_i = dy times the product of all x_j with j other than i, which is
/// right beside zeros too.
public struct ReduceProdGradient: Operator {
  /// The operation's name.
  public static let kind = "ReduceProdGradient"
  /// The axes.
  public let reduction: Reduction

  /// Makes the operator.
  public init(reduction: Reduction) { self.reduction = reduction }

  /// The type of x.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[1]!.type] }

  /// The products without zeros, and how many zeros each has, say what the others' product is.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, x) = (inputs[0]!.doubles, inputs[1]!)
    let (places, kept) = try reduction.places(in: x.shape)
    var products = [Double](repeating: 1, count: kept.count)
    var zeros = [Int](repeating: 0, count: kept.count)
    let values = x.doubles
    for (value, place) in zip(values, places) {
      if value == 0 { zeros[place] += 1 } else { products[place] *= value }
    }
    let dx = zip(values, places).map { value, place in
      switch (zeros[place], value) {
      case (0, _): dy[place] * products[place] / value
      case (1, 0): dy[place] * products[place]
      default: 0.0
      }
    }
    return [Tensor(doubles: dx, shape: x.shape, dataType: inputs[0]!.dataType)]
  }
}
