import Tensors

/// The smallest of any number of tensors, element by element with broadcasting; NaN where one of them is.
public struct Min: VariadicElementwise {
  /// The ONNX type.
  public static let kind = "Min"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The smaller one; NaN where either is.
  public func combine(_ a: Double, _ b: Double) -> Double { a.isNaN || a < b ? a : b }

  /// The smaller one.
  public func combine(_ a: Int, _ b: Int) -> Int { a < b ? a : b }

  /// The result, where there are two inputs and both are known integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard inputs.count == 2 else { return nil }
    return Elementwise.symbolicOutput(for: inputs) { a, b in
      a.isLess(than: b).map { $0 ? a : b }
    }
  }

  /// dy where an input is the smallest, shared evenly among equal ones, summed where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    try call.sharesOfExtreme(in: builder)
  }
}

extension GraphBuilder {
  /// Adds the smallest of any number of values, element by element; at least one.
  public func minimum(_ values: [Value]) throws -> Value { try add(Min(), values)[0] }
}
