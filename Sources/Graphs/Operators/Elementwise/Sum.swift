import Tensors

/// The sum of any number of tensors, with broadcasting.
public struct Sum: VariadicElementwise {
  /// The ONNX type.
  public static let kind = "Sum"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// a + b.
  public func combine(_ a: Double, _ b: Double) -> Double { a + b }

  /// a + b.
  public func combine(_ a: Int, _ b: Int) -> Int { a &+ b }

  /// A parameter that is added is a bias, unless it is a single number.
  public func role(ofInput index: Int) -> ParameterRole { .bias }

  /// dy for every input, summed where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    try call.inputs.indices.map { index in
      call.wanted[index] ? try builder.summed(call.gradient, toShapeOf: call.inputs[index]!) : nil
    }
  }
}

extension GraphBuilder {
  /// Adds a sum of any number of values, at least one.
  public func sum(_ values: [Value]) throws -> Value { try add(Sum(), values)[0] }
}
