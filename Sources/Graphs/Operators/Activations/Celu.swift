import Foundation
import Tensors

/// The continuously differentiable exponential linear unit: y = x from 0 on, alpha * (e^(x / alpha) - 1) below.
///
/// (Barron 2017, "Continuously differentiable exponential linear units", equation 2.)
public struct Celu: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Celu"
  /// How far below 0 it goes; not 0.
  public var alpha: Float

  /// Makes the operator; the default is ONNX's.
  public init(alpha: Float = 1) { self.alpha = alpha }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("alpha")
    alpha = try record.float("alpha").map { Float($0) } ?? 1
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["alpha": .float(alpha)]) }

  /// x from 0 on, alpha * (e^(x / alpha) - 1) below.
  public func value(at x: Double) -> Double { x < 0 ? Double(alpha) * expm1(x / Double(alpha)) : x }

  /// 1 above 0, e^(x / alpha) up to it.
  public func slope(at x: Double) -> Double { x > 0 ? 1 : exp(x / Double(alpha)) }
}

extension GraphBuilder {
  /// Adds a continuously differentiable exponential linear unit.
  public func celu(_ x: Value, alpha: Float = 1) throws -> Value { try add(Celu(alpha: alpha), x) }
}
