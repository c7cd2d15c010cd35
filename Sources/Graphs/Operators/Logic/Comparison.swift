import Tensors

/// An operator that compares two tensors of one type with broadcasting and gives booleans. NaN fails every comparison.
public protocol Comparison: ONNXOperator, ChannelCoupled {
  /// Whether it holds for two floats.
  func holds(_ a: Double, _ b: Double) -> Bool
  /// Whether it holds for two integers (booleans are 0 and 1).
  func holds(_ a: Int, _ b: Int) -> Bool
  /// Whether it holds for two extents whatever the batch size; nil where that depends on it.
  func holds(_ a: Dimension, _ b: Dimension) -> Bool?
}

extension Comparison {
  /// The operator without attributes.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// Booleans of the broadcast shape.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(.bool, try Elementwise.outputTypes(for: inputs)[0].shape)]
  }

  /// The result, where both inputs are known integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    Elementwise.symbolicOutput(for: inputs) { a, b in holds(a, b).map { .fixed($0 ? 1 : 0) } }
  }

  /// The comparison, element by element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try inputs[0]!.compared(with: inputs[1]!, floats: holds, integers: holds)]
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}
