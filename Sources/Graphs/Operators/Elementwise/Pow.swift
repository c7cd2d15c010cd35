import Foundation
import Tensors

/// A power with broadcasting: y = a^b, of the base's type; the exponent may be of another one.
public struct Pow: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Pow"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The broadcast shape with the base's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Elementwise.powerTypes(for: inputs) }

  /// a^b; an integer base gives an integer, truncated.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try inputs[0]!.broadcastElements(with: inputs[1]!) { pow($0, $1) }]
  }

  /// da = dy * b * a^(b - 1), 0 for b = 0; db = dy * a^b * log(a), 0 where a is 0 and b is not negative; each summed
  /// where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (a, b) = (call.inputs[0]!, call.inputs[1]!)
    var gradients: [Value?] = [nil, nil]
    if call.wanted[0] {
      let product = try builder.product(call.gradient, builder.add(PowSlope(by: .base), a, b))
      gradients[0] = try builder.summed(product, toShapeOf: a)
    }
    if call.wanted[1], builder.type(of: b).dataType.isFloat {
      let product = try builder.product(call.gradient, builder.add(PowSlope(by: .exponent), a, b))
      gradients[1] = try builder.summed(product, toShapeOf: b)
    }
    return gradients
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

/// A derivative of a power: inputs a and b; b * a^(b - 1) by the base, a^b * log(a) by the exponent.
public struct PowSlope: Operator {
  /// What is differentiated by.
  public enum Input: Sendable {
    /// The base: 0 for an exponent of 0.
    case base
    /// The exponent: 0 where the base is 0 and the exponent is not negative.
    case exponent
  }

  /// The operation's name.
  public static let kind = "PowSlope"
  /// What is differentiated by.
  public let input: Input

  /// Makes the operator.
  public init(by input: Input) { self.input = input }

  /// The broadcast shape with the base's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Elementwise.powerTypes(for: inputs) }

  /// The derivatives.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [
      try inputs[0]!.broadcastElements(with: inputs[1]!) { a, b in
        switch input {
        case .base: b == 0 ? 0 : b * pow(a, b - 1)
        case .exponent: a == 0 && b >= 0 ? 0 : pow(a, b) * log(a)
        }
      }
    ]
  }
}

extension Elementwise {
  /// The broadcast shape with the type of the first input; the second may have another one.
  static func powerTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let (a, b) = (inputs[0]!.type, inputs[1]!.type)
    guard let left = a.shape, let right = b.shape else { return [ValueType(a.dataType, nil)] }
    return [ValueType(a.dataType, try Broadcasting.shape(left, right))]
  }
}

extension GraphBuilder {
  /// Adds a power of two values.
  public func power(_ a: Value, _ b: Value) throws -> Value { try add(Pow(), a, b) }

  /// Adds a square, as a product.
  public func squared(_ a: Value) throws -> Value { try product(a, a) }
}
