import Foundation
import Tensors

/// y = x * tanh(log(1 + e^x)).
///
/// (Misra 2020, "Mish: a self regularized non-monotonic activation function".) ONNX has it since opset 18, so that a
/// network with it is written as such.
public struct Mish: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Mish"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// x * tanh(log(1 + e^x)).
  public func value(at x: Double) -> Double { x * Foundation.tanh(Softplus().value(at: x)) }

  /// tanh(s) + x * (1 - tanh(s)^2) * s', s being log(1 + e^x).
  public func slope(at x: Double) -> Double {
    let t = Foundation.tanh(Softplus().value(at: x))
    return t + x * (1 - t * t) * Softplus().slope(at: x)
  }
}

extension GraphBuilder {
  /// Adds a Mish.
  public func mish(_ x: Value) throws -> Value { try add(Mish(), x) }
}
