import Tensors

/// Instance normalisation: y = scale * (x - mean) / sqrt(variance + epsilon) + shift, with mean and variance of each
/// channel (axis 1) of each sample over its positions. (Ulyanov, Vedaldi, Lempitsky 2016, "Instance normalization".)
///
/// Inputs: x, scale, shift, the latter with a number per channel.
public struct InstanceNormalization: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "InstanceNormalization"
  /// Keeps the root away from zero.
  public var epsilon: Double

  /// Makes the operator.
  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("epsilon")
    epsilon = try record.float("epsilon") ?? 1e-5
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["epsilon": .float(Float(epsilon))]) }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return [type] }
    guard x.rank >= 3 else { throw PareError(.badInput, "an input of shape \(x) has no positions to normalise over") }
    for input in inputs.dropFirst() {
      guard let shape = try input?.knownShape(), shape == [x[1]] else {
        throw PareError(.badInput, "a scale or shift that is missing or has not \(x[1]) numbers")
      }
    }
    return [type]
  }

  /// Scale, then shift.
  public func role(ofInput index: Int) -> ParameterRole { LayerNormalization().role(ofInput: index) }

  /// The normalised input.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    try GroupNormalization(groups: inputs[0]!.shape[1], epsilon: epsilon).evaluate(inputs, in: context)
  }

  /// All three gradients in one node, since they share their sums.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let groups = try builder.extent(of: call.inputs[0]!, axis: 1)
    return try builder.add(
      GroupNormalizationGradient(groups: groups, epsilon: epsilon), [call.gradient, call.inputs[0], call.inputs[1]])
  }

  /// Channels pass through, with their scales and shifts.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    let channels = call.outputShape()[1]
    coupling.tie(call.input(0, axis: 1), call.output(axis: 1), count: channels)
    for index in 1..<3 { coupling.tie(call.input(index, axis: 0), call.output(axis: 1), count: channels) }
  }
}

extension GraphBuilder {
  /// Adds an instance normalisation with scale 1 and shift 0.
  public func instanceNormalization(_ x: Value, epsilon: Double = 1e-5, name: String = "in") throws -> Value {
    let channels = try extent(of: x, axis: 1)
    return try add(
      InstanceNormalization(epsilon: epsilon),
      [
        x, parameter("\(name).weight", Tensor(repeating: Float(1), shape: [channels])),
        parameter("\(name).bias", Tensor(zeros: [channels])),
      ], name: name)[0]
  }
}
