import Foundation
import Tensors

/// The scaled exponential linear unit: y = gamma * x above 0, gamma * alpha * (e^x - 1) up to it.
///
/// (Klambauer, Unterthiner, Mayr, Hochreiter 2017, "Self-normalizing neural networks", equation 2.)
public struct Selu: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "Selu"
  /// How far below 0 it goes, before scaling.
  public var alpha: Float
  /// The scale.
  public var gamma: Float

  /// Makes the operator; the defaults are ONNX's.
  public init(alpha: Float = 1.67326319217681884765625, gamma: Float = 1.05070102214813232421875) {
    self.alpha = alpha
    self.gamma = gamma
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("alpha", "gamma")
    self.init()
    if let given = try record.float("alpha") { alpha = Float(given) }
    if let given = try record.float("gamma") { gamma = Float(given) }
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["alpha": .float(alpha), "gamma": .float(gamma)]) }

  /// gamma * x above 0, gamma * alpha * (e^x - 1) up to it.
  public func value(at x: Double) -> Double { Double(gamma) * (x < 0 ? Double(alpha) * expm1(x) : x) }

  /// gamma above 0, gamma * alpha * e^x up to it.
  public func slope(at x: Double) -> Double { Double(gamma) * (x > 0 ? 1 : Double(alpha) * exp(x)) }
}

extension GraphBuilder {
  /// Adds a scaled exponential linear unit.
  public func selu(_ x: Value) throws -> Value { try add(Selu(), x) }
}
