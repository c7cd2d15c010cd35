import Foundation
import Tensors

/// y = x * sigmoid(alpha * x); SiLU is Swish with alpha 1.
///
/// (Ramachandran, Zoph, Le 2017, "Searching for activation functions".) ONNX has it since opset 24, so that a network
/// with it is written as such; `silu` of the builder is a Sigmoid and a Mul, which every opset has.
public struct Swish: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Swish"
  /// The factor inside the logistic function.
  public var alpha: Float

  /// Makes the operator; the default is ONNX's.
  public init(alpha: Float = 1) { self.alpha = alpha }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("alpha")
    alpha = try record.float("alpha").map { Float($0) } ?? 1
  }

  /// The operator as opset 24 has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["alpha": .float(alpha)]) }

  /// x * sigmoid(alpha * x).
  public func value(at x: Double) -> Double { x / (1 + exp(-Double(alpha) * x)) }

  /// s * (1 + alpha * x * (1 - s)), s being sigmoid(alpha * x).
  public func slope(at x: Double) -> Double {
    let s = 1 / (1 + exp(-Double(alpha) * x))
    return s * (1 + Double(alpha) * x * (1 - s))
  }
}

extension GraphBuilder {
  /// Adds x * sigmoid(alpha * x) as one operator.
  public func swish(_ x: Value, alpha: Float = 1) throws -> Value { try add(Swish(alpha: alpha), x) }

  /// Adds x * sigmoid(x) as two operators.
  public func silu(_ x: Value) throws -> Value { try product(x, sigmoid(x)) }
}
