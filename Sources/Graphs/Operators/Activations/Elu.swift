import Foundation
import Tensors

/// The exponential linear unit: y = x from 0 on, alpha * (e^x - 1) below.
///
/// (Clevert, Unterthiner, Hochreiter 2016, "Fast and accurate deep network learning by exponential linear units",
/// equation 15.)
public struct Elu: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Elu"
  /// How far below 0 it goes.
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

  /// x from 0 on, alpha * (e^x - 1) below.
  public func value(at x: Double) -> Double { x < 0 ? Double(alpha) * expm1(x) : x }

  /// 1 above 0, alpha * e^x up to it.
  public func slope(at x: Double) -> Double { x > 0 ? 1 : Double(alpha) * exp(x) }
}

extension GraphBuilder {
  /// Adds an exponential linear unit.
  public func elu(_ x: Value, alpha: Float = 1) throws -> Value { try add(Elu(alpha: alpha), x) }
}
