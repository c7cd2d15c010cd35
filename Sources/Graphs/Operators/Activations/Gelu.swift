import Foundation
import Tensors

/// x times the probability that a standard normal number is below x: y = x * (1 + erf(x / sqrt(2))) / 2.
///
/// The approximation is y = x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2. (Hendrycks and Gimpel 2016,
/// "Gaussian error linear units", section 2.) ONNX has it since opset 20, so that a network with it is written as such.
public struct Gelu: DifferentiableFunction {
  /// How the normal distribution is computed.
  public enum Approximation: String, Sendable, Codable {
    /// By the error function.
    case none
    /// By a hyperbolic tangent.
    case tanh
  }

  /// The ONNX type.
  public static let kind = "Gelu"
  /// How the normal distribution is computed.
  public var approximation: Approximation

  /// Makes the operator.
  public init(approximation: Approximation = .none) { self.approximation = approximation }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("approximate")
    let name = try record.string("approximate") ?? "none"
    guard let approximation = Approximation(rawValue: name) else {
      throw record.unsupported("the approximation \"\(name)\"")
    }
    self.approximation = approximation
  }

  /// The operator as opset 20 has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["approximate": .string(approximation.rawValue)]) }

  /// x times the probability of a number below x.
  public func value(at x: Double) -> Double {
    switch approximation {
    case .none: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case .tanh: 0.5 * x * (1 + Foundation.tanh(Self.inner(x)))
    }
  }

  /// The probability of a number below x, and x times its density.
  public func slope(at x: Double) -> Double {
    switch approximation {
    case .none:
      return 0.5 * (1 + erf(x / 2.0.squareRoot())) + x * exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
    case .tanh:
      let t = Foundation.tanh(Self.inner(x))
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
    }
  }

  private static func inner(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }
}

extension GraphBuilder {
  /// Adds a Gaussian error linear unit.
  public func gelu(_ x: Value, approximation: Gelu.Approximation = .none) throws -> Value {
    try add(Gelu(approximation: approximation), x)
  }
}
