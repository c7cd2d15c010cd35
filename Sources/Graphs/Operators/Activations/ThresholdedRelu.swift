import Tensors

/// A rectifier with a threshold: y = x above alpha, 0 up to it; NaN stays NaN.
public struct ThresholdedRelu: DifferentiableFunction {
  /// The ONNX type.
  public static let kind = "ThresholdedRelu"
  /// The threshold.
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

  /// x above the threshold, 0 up to it.
  public func value(at x: Double) -> Double { x <= Double(alpha) ? 0 : x }

  /// 1 above the threshold, 0 up to it.
  public func slope(at x: Double) -> Double { x > Double(alpha) ? 1 : 0 }
}

extension GraphBuilder {
  /// Adds a rectifier with a threshold.
  public func thresholdedRelu(_ x: Value, alpha: Float = 1) throws -> Value {
    try add(ThresholdedRelu(alpha: alpha), x)
  }
}
