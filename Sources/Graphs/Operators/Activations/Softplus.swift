import Foundation
import Tensors

/// A smooth rectifier: y = log(1 + e^x).
public struct Softplus: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Softplus"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { try record.allowAttributes() }

  /// log(1 + e^x), without overflow.
  public func value(at x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  /// 1 / (1 + e^-x).
  public func slope(at x: Double) -> Double { 1 / (1 + exp(-x)) }
}

extension GraphBuilder {
  /// Adds a smooth rectifier.
  public func softplus(_ x: Value) throws -> Value { try add(Softplus(), x) }
}
