import Foundation
import Tensors

/// The error function: y = 2 / sqrt(pi) * the integral of e^(-t^2) from 0 to x.
public struct Erf: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Erf"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// erf(x).
  public func value(at x: Double) -> Double { erf(x) }

  /// 2 / sqrt(pi) * e^(-x^2).
  public func slope(at x: Double) -> Double { 2 / Double.pi.squareRoot() * exp(-x * x) }
}

extension GraphBuilder {
  /// Adds an error function.
  public func errorFunction(_ x: Value) throws -> Value { try add(Erf(), x) }
}
