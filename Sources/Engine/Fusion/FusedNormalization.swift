import Graphs
import Tensors

/// max(x, 0), or min(max(x, 0), ceiling), behind a normalisation.
struct Rectifier: Hashable {
  /// Where it ends; nil for never.
  var ceiling: Int?

  /// The rectifier that an operator, or its gradient, is; nil where it is another.
  init?(_ op: any Operator) {
    switch op {
    case is Relu, is ReluGradient: ceiling = nil
    case let clip as Clip:
      guard let end = Self.end(clip.minimum, clip.maximum) else { return nil }
      ceiling = end
    case let clip as ClipGradient:
      guard let end = Self.end(clip.minimum, clip.maximum) else { return nil }
      ceiling = end
    default: return nil
    }
  }

  /// A whole number above 1, which is what the kernels know.
  private static func end(_ minimum: Double?, _ maximum: Double?) -> Int? {
    guard minimum == 0, let maximum, 2...1000 ~= maximum, maximum == maximum.rounded() else { return nil }
    return Int(maximum)
  }

  /// The kernels' number for it.
  var code: Int32 { Int32(ceiling ?? 1) }

  /// The limited elements.
  func evaluate(_ x: Tensor) -> Tensor {
    let end = ceiling.map(Double.init) ?? .infinity
    return x.mapElements { $0 < 0 ? 0 : $0 > end ? end : $0 }
  }

  /// dy where y, the rectifier's output, lies between its ends.
  func gradient(_ dy: Tensor, _ y: Tensor) -> Tensor {
    dy.zipElements(with: y) { dy, y in y > 0 && !(ceiling.map { y >= Double($0) } ?? false) ? dy : 0 }
  }
}

/// Batch normalisation in training with what follows it: y = rectifier(normalised x + residual), the residual being
/// optional.
///
/// Inputs: those of `BatchNormalizationTraining`, then the residual (or nothing). Outputs as there. Exists only inside
/// compiled programs.
struct FusedNormalization: Operator {
  static let kind = "FusedBatchNormalization"
  var normalization: BatchNormalizationTraining
  var rectifier: Rectifier

  func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    try normalization.outputTypes(for: Array(inputs.prefix(5)))
  }

  func role(ofInput index: Int) -> ParameterRole { normalization.role(ofInput: index) }

  func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    var outputs = try normalization.evaluate(Array(inputs.prefix(5)), in: context)
    if inputs.count > 5 { outputs[0] = try Add().evaluate([outputs[0], inputs[5]], in: context)[0] }
    outputs[0] = rectifier.evaluate(outputs[0])
    return outputs
  }
}

/// The gradient of `FusedNormalization`.
///
/// Inputs: dy, x, scale, batch mean, inverse deviation, and what says where the rectifier let values pass: y, its output,
/// or without a residual the normalisation's shift, from which and x it is known as well, so that y need not be read.
/// Outputs: dx, dscale, dshift, and the rectifier's gradient where somebody else reads it, as the residual does. At the
/// rectifier's ends it is 0.
struct FusedNormalizationGradient: Operator {
  static let kind = "FusedBatchNormalizationGradient"
  var rectifier: Rectifier
  /// Whether the last input is y.
  var readsOutput: Bool

  func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    try BatchNormalizationGradient().outputTypes(for: Array(inputs.prefix(5))) + [inputs[0]!.type]
  }

  func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    var y = inputs[5]
    if !readsOutput {
      let replay = [inputs[1], inputs[2], y, inputs[3], inputs[4]]
      y = try NormalizationReplay(rectifier: rectifier).evaluate(replay, in: context)[0]
    }
    let masked = rectifier.gradient(inputs[0]!, y!)
    return try BatchNormalizationGradient().evaluate([masked] + inputs[1..<5], in: context) + [masked]
  }
}

/// y of a `FusedNormalization` without a residual once more, from what that read and saved.
///
/// Inputs: x, scale, shift, batch mean, inverse deviation. Exists only inside compiled programs.
struct NormalizationReplay: Operator {
  static let kind = "BatchNormalizationReplay"
  var rectifier: Rectifier

  func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let variance = inputs[4]!.mapElements { 1 / ($0 * $0) }
    return try BatchNormalization(epsilon: 0).evaluate(inputs[0..<4] + [variance], in: context).map(rectifier.evaluate)
  }
}
