import Tensors

/// Batch normalisation with the batch's own statistics.
///
/// Inputs as `BatchNormalization`. Outputs: y, the running mean and the running variance after this batch (with the
/// unbiased variance, as PyTorch), the batch's mean, and 1 / sqrt(variance + epsilon) with the biased one.
public struct BatchNormalizationTraining: Operator, Differentiable {
  /// The operation's name.
  public static let kind = "BatchNormalizationTraining"
  /// Keeps the root away from zero.
  public var epsilon: Double
  /// How much of the old running statistics is kept.
  public var momentum: Double

  /// Makes the operator.
  public init(epsilon: Double, momentum: Double) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  /// The input's type, then four vectors of one number per channel.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = try BatchNormalization.checkedType(inputs)
    guard let shape = type.shape else { throw PareError(.unsupported, "the input's shape is unknown") }
    return [type] + Array(repeating: ValueType(type.dataType, ValueShape([shape[1]])), count: 4)
  }

  /// Scale, shift and running statistics, as in inference.
  public func role(ofInput index: Int) -> ParameterRole { BatchNormalization().role(ofInput: index) }

  /// The normalised batch and its statistics.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let (scale, shift) = (inputs[1]!.doubles, inputs[2]!.doubles)
    let (oldMean, oldVariance) = (inputs[3]!.doubles, inputs[4]!.doubles)
    let plane = x.shape.dimensions[2...].reduce(1, *)
    let channels = x.shape[1]
    let count = Double(x.shape[0] * plane)
    let values = x.doubles
    var mean = [Double](repeating: 0, count: channels)
    var variance = mean
    for (index, value) in values.enumerated() { mean[index / plane % channels] += value / count }
    for (index, value) in values.enumerated() {
      let difference = value - mean[index / plane % channels]
      variance[index / plane % channels] += difference * difference / count
    }
    let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
    let y = values.enumerated().map { index, value in
      let c = index / plane % channels
      return scale[c] * (value - mean[c]) * inverse[c] + shift[c]
    }
    let unbiased = variance.map { count > 1 ? $0 * count / (count - 1) : $0 }
    func vector(_ values: [Double]) -> Tensor { Tensor(doubles: values, shape: [channels], dataType: x.dataType) }
    return [
      Tensor(doubles: y, shape: x.shape, dataType: x.dataType),
      vector(zip(oldMean, mean).map { momentum * $0 + (1 - momentum) * $1 }),
      vector(zip(oldVariance, unbiased).map { momentum * $0 + (1 - momentum) * $1 }),
      vector(mean), vector(inverse),
    ]
  }

  /// All three gradients in one node, since they share their sums.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let gradients = try builder.add(
      BatchNormalizationGradient(),
      [call.gradient, call.inputs[0], call.inputs[1], call.outputs[3], call.outputs[4]])
    return [gradients[0], gradients[1], gradients[2], nil, nil]
  }
}

/// The gradient of `BatchNormalizationTraining`: inputs dy, x, scale, batch mean, inverse deviation; outputs dx, dscale,
/// dshift.
///
/// With n = normalised x over M elements a channel: dshift = sum dy, dscale = sum dy*n,
/// dx = scale * inverse * (dy - dshift/M - n * dscale/M).
public struct BatchNormalizationGradient: Operator {
  /// The operation's name.
  public static let kind = "BatchNormalizationGradient"

  /// Makes the operator.
  public init() {}

  /// The input's type, then those of scale and shift.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [inputs[1]!.type, inputs[2]!.type, inputs[2]!.type]
  }

  /// The formula of the type's comment.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, x) = (inputs[0]!.doubles, inputs[1]!.doubles)
    let (scale, mean, inverse) = (inputs[2]!.doubles, inputs[3]!.doubles, inputs[4]!.doubles)
    let shape = inputs[1]!.shape
    let plane = shape.dimensions[2...].reduce(1, *)
    let channels = shape[1]
    let count = Double(shape[0] * plane)
    var dscale = [Double](repeating: 0, count: channels)
    var dshift = dscale
    for index in dy.indices {
      let c = index / plane % channels
      dshift[c] += dy[index]
      dscale[c] += dy[index] * (x[index] - mean[c]) * inverse[c]
    }
    let dx = dy.indices.map { index in
      let c = index / plane % channels
      let normalized = (x[index] - mean[c]) * inverse[c]
      return scale[c] * inverse[c] * (dy[index] - dshift[c] / count - normalized * dscale[c] / count)
    }
    let type = inputs[0]!.dataType
    return [
      Tensor(doubles: dx, shape: shape, dataType: type),
      Tensor(doubles: dscale, shape: [channels], dataType: type),
      Tensor(doubles: dshift, shape: [channels], dataType: type),
    ]
  }
}
