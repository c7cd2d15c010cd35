import Tensors

/// A rectifier that lets a little of the negative side through: y = x from 0 on, alpha * x below; NaN stays NaN.
///
/// (Maas, Hannun, Ng 2013, "Rectifier nonlinearities improve neural network acoustic models".)
public struct LeakyRelu: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "LeakyRelu"
  /// The slope below 0.
  public var alpha: Float

  /// Makes the operator; the default is ONNX's.
  public init(alpha: Float = 0.01) { self.alpha = alpha }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("alpha")
    alpha = try record.float("alpha").map { Float($0) } ?? 0.01
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["alpha": .float(alpha)]) }

  /// x from 0 on, alpha * x below.
  public func value(at x: Double) -> Double { x < 0 ? Double(alpha) * x : x }

  /// 1 above 0, alpha up to it.
  public func slope(at x: Double) -> Double { x > 0 ? 1 : Double(alpha) }
}

extension GraphBuilder {
  /// Adds a rectifier with a slope below 0.
  public func leakyRelu(_ x: Value, alpha: Float = 0.01) throws -> Value { try add(LeakyRelu(alpha: alpha), x) }
}
