import Tensors

/// Batch normalisation in inference: y = scale * (x - mean) / sqrt(variance + epsilon) + shift, per channel (axis 1).
///
/// Inputs: x, scale, shift, running mean, running variance. In training the gradient transform replaces it by
/// `BatchNormalizationTraining`. (Ioffe and Szegedy 2015, "Batch normalization", algorithm 1.)
public struct BatchNormalization: ONNXOperator, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "BatchNormalization"
  /// Keeps the root away from zero.
  public var epsilon: Double
  /// How much of the old running statistics a training step keeps (ONNX's convention; PyTorch's is 1 minus this).
  public var momentum: Double

  /// Makes the operator.
  public init(epsilon: Double = 1e-5, momentum: Double = 0.9) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("epsilon", "momentum", "spatial", "training_mode")
    guard try record.int("training_mode") ?? 0 == 0 else {
      throw record.unsupported("training_mode 1 (a training graph); export the network in evaluation mode")
    }
    guard try record.int("spatial") ?? 1 == 1 else { throw record.unsupported("spatial 0") }
    guard record.outputCount == 1 else { throw record.unsupported("\(record.outputCount) outputs (a training graph)") }
    epsilon = try record.float("epsilon") ?? 1e-5
    momentum = try record.float("momentum") ?? 0.9
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm {
    NodeForm(Self.kind, ["epsilon": .float(Float(epsilon)), "momentum": .float(Float(momentum))])
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [try Self.checkedType(inputs)]
  }

  static func checkedType(_ inputs: [InputFact?]) throws -> ValueType {
    let type = inputs[0]!.type
    guard let x = type.shape else { return type }
    guard x.rank >= 2 else { throw PareError(.badInput, "an input of shape \(x) has no channel axis") }
    for input in inputs.dropFirst().prefix(4) {
      let shape = try input!.knownShape()
      guard shape == ValueShape([x[1]]) else {
        throw PareError(.badInput, "a statistic of shape \(shape) for \(x[1]) channels")
      }
    }
    return type
  }

  /// Scale, shift, running mean, running variance.
  public func role(ofInput index: Int) -> ParameterRole {
    switch index {
    case 1: .normalizationScale
    case 2: .normalizationShift
    case 3, 4: .runningStatistic
    default: .constant
    }
  }

  /// The normalised input.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let (scale, shift) = (inputs[1]!.doubles, inputs[2]!.doubles)
    let (mean, variance) = (inputs[3]!.doubles, inputs[4]!.doubles)
    let plane = x.shape.dimensions[2...].reduce(1, *)
    let channels = x.shape[1]
    let y = x.doubles.enumerated().map { index, value in
      let c = index / plane % channels
      return scale[c] * (value - mean[c]) / (variance[c] + epsilon).squareRoot() + shift[c]
    }
    return [Tensor(doubles: y, shape: x.shape, dataType: x.dataType)]
  }

  /// Channels pass through, with their statistics.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    let shape = call.outputShape()
    coupling.tie(call.input(0, axis: 1), call.output(axis: 1), count: shape[1])
    for index in 1..<5 { coupling.tie(call.input(index, axis: 0), call.output(axis: 1), count: shape[1]) }
  }
}

extension BatchNormalization: HasTrainingForm {
  /// Normalises with the batch's own statistics, and hands out the running ones after this batch.
  public func addTrainingForm(
    name: String, inputs: [Value?], in builder: GraphBuilder
  ) throws -> (outputs: [Value], stateWrites: [Int: Value]) {
    let outputs = try builder.add(
      BatchNormalizationTraining(epsilon: epsilon, momentum: momentum), inputs, name: name)
    return ([outputs[0]], [3: outputs[1], 4: outputs[2]])
  }
}

extension BatchNormalization: Differentiable {
  /// With frozen statistics: dx = dy * scale / sqrt(variance + epsilon), dscale = sum of dy * normalised x, dshift = sum of dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let shape = try builder.shape(of: call.inputs[0]!)
    let axes = [0] + Array(2..<shape.rank)
    let perChannel = ValueShape([shape[1]] + Array(repeating: .fixed(1), count: shape.rank - 2))
    func spread(_ value: Value) throws -> Value { try builder.add(Reshape(to: perChannel), value) }
    let variance = try builder.add(Add(), call.inputs[4], builder.scalar(Float(epsilon)))
    let deviation = try builder.add(Sqrt(), variance)
    var gradients: [Value?] = [nil, nil, nil, nil, nil]
    if call.wanted[0] {
      let factor = try builder.add(Div(), call.inputs[1], deviation)
      gradients[0] = try builder.add(Mul(), call.gradient, spread(factor))
    }
    if call.wanted[1] {
      let centred = try builder.add(Sub(), call.inputs[0], spread(call.inputs[3]!))
      let normalized = try builder.add(Div(), centred, spread(deviation))
      let product = try builder.add(Mul(), call.gradient, normalized)
      gradients[1] = try builder.add(ReduceSum(axes: axes, keepDimensions: false), product)
    }
    if call.wanted[2] {
      gradients[2] = try builder.add(ReduceSum(axes: axes, keepDimensions: false), call.gradient)
    }
    return gradients
  }
}

extension GraphBuilder {
  /// Adds a batch normalisation with the same scale for all channels, shift 0 and statistics of mean 0, variance 1.
  public func batchNormalization(
    _ x: Value, epsilon: Double = 1e-5, momentum: Double = 0.9, scale: Float = 1, name: String = "bn"
  ) throws -> Value {
    let channels = try extent(of: x, axis: 1)
    let ones = Tensor(repeating: Float(1), shape: [channels])
    let zeros = Tensor(zeros: [channels])
    return try add(
      BatchNormalization(epsilon: epsilon, momentum: momentum),
      [
        x, parameter("\(name).weight", Tensor(repeating: scale, shape: [channels])), parameter("\(name).bias", zeros),
        parameter("\(name).running_mean", zeros), parameter("\(name).running_var", ones),
      ], name: name)[0]
  }
}
