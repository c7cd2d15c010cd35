import Tensors

/// What a node computes: attributes, shape rule and reference evaluation.
///
/// An operator is a value; everything else that can be known of it (gradient, ONNX form, coupling of channels) is a
/// separate small protocol that it may adopt in its own file. Parameters (weights, scales) are inputs of the node.
public protocol Operator: Sendable {
  /// The name of the operation: the ONNX type where there is one (`Conv`), else Pare's own (`ConvInputGradient`).
  static var kind: String { get }

  /// The types of the outputs for inputs of these types (an absent optional input is nil).
  /// - Throws: `PareError.badInput` where the inputs do not fit together, `.unsupported` for a form that is not run.
  func outputTypes(for inputs: [InputFact?]) throws -> [ValueType]

  /// Computes the outputs, slowly and exactly: in double precision where the inputs are float64 or float32 (rounded
  /// once at the end), in integers where they are integers. Kernels are checked against this.
  func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor]

  /// Multiply-accumulates of a convolution or matrix product; 0 for everything else.
  func macs(inputs: [Shape?], outputs: [Shape]) -> Int

  /// What a parameter at this input is for.
  func role(ofInput index: Int) -> ParameterRole

  /// The elements of the first output where they can be computed from shapes alone (Shape, Gather of it, ...).
  func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]?
}

extension Operator {
  /// The name of the operation.
  public var kind: String { Self.kind }
  /// No multiply-accumulates.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int { 0 }
  /// A constant that training leaves alone.
  public func role(ofInput index: Int) -> ParameterRole { .constant }
  /// Nothing is known from shapes alone.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? { nil }
}

/// An operator that is kept but never run, and says why.
public protocol RefusedOperator: Operator {
  /// The error that running it is.
  var refusal: PareError { get }
}

/// What a reference evaluation may depend on besides its inputs.
public struct EvaluationContext: Sendable {
  /// The batch size N.
  public var batch: Int
  /// The seed of random operators (Dropout in training).
  public var seed: UInt64

  /// Makes a context.
  public init(batch: Int, seed: UInt64 = 0) {
    self.batch = batch
    self.seed = seed
  }
}

/// What a parameter is for; it decides whether it is trained, decayed, counted and quantized.
public enum ParameterRole: String, Sendable, Hashable, Codable {
  /// A convolution's or dense layer's weights.
  case weight
  /// A depthwise convolution's weights.
  case depthwiseWeight
  /// An additive bias.
  case bias
  /// A normalisation's scale (gamma) and shift (beta).
  case normalizationScale, normalizationShift
  /// A normalisation's running statistics, written by training but not by gradients.
  case runningStatistic
  /// A quantization scale or zero point.
  case quantization
  /// Anything else: indices, scalar constants.
  case constant

  /// Whether gradients update it, and whether it counts as a parameter.
  public var isTrainable: Bool {
    switch self {
    case .weight, .depthwiseWeight, .bias, .normalizationScale, .normalizationShift: true
    case .runningStatistic, .quantization, .constant: false
    }
  }
}
