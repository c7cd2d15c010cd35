import Tensors

/// Group normalisation: y = scale * (x - mean) / sqrt(variance + epsilon) + shift, with mean and variance of each group of
/// neighbouring channels (axis 1) of each sample over its positions. (Wu and He 2018, "Group normalization".)
///
/// Inputs: x, scale, shift. The latter hold a number per channel or, as opsets 18 to 20 had it, per group.
public struct GroupNormalization: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "GroupNormalization"
  /// The number of groups.
  public var groups: Int
  /// Keeps the root away from zero.
  public var epsilon: Double
  /// Whether scale and shift hold a number per group.
  public var scalesGroups: Bool

  /// Makes the operator.
  public init(groups: Int, epsilon: Double = 1e-5, scalesGroups: Bool = false) {
    self.groups = groups
    self.epsilon = epsilon
    self.scalesGroups = scalesGroups
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("epsilon", "num_groups", "stash_type")
    guard try record.int("stash_type") ?? 1 == 1 else { throw record.unsupported("statistics in half precision") }
    guard let groups = try record.int("num_groups"), groups > 0 else {
      throw PareError(
        .badInput, "attribute \"num_groups\" is missing or not positive",
        context: ["node": record.name, "operator": record.type])
    }
    self.init(groups: groups, epsilon: try record.float("epsilon") ?? 1e-5, scalesGroups: record.opset < 21)
  }

  /// The operator as opset 21 has it; with a scale per group only the opsets before have it.
  public func form() -> NodeForm {
    NodeForm(
      Self.kind, ["num_groups": .int(groups), "epsilon": .float(Float(epsilon))],
      opsets: scalesGroups ? 18...20 : 21...Int.max)
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return [type] }
    guard x.rank >= 3, let channels = x[1].fixedExtent, channels % groups == 0 else {
      throw PareError(.badInput, "the channels of an input of shape \(x) do not split into \(groups) groups")
    }
    let count = scalesGroups ? groups : channels
    for input in inputs.dropFirst() {
      guard let shape = try input?.knownShape(), shape == [.fixed(count)] else {
        throw PareError(.badInput, "a scale or shift that is missing or has not \(count) numbers")
      }
    }
    return [type]
  }

  /// Scale, then shift.
  public func role(ofInput index: Int) -> ParameterRole { LayerNormalization().role(ofInput: index) }

  /// The normalised input.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let (scale, shift) = (inputs[1]!.doubles, inputs[2]!.doubles)
    let statistics = RowStatistics(of: x.doubles, rows: x.shape[0] * groups, epsilon: epsilon)
    let plane = x.shape.dimensions[2...].reduce(1, *)
    let channels = x.shape[1]
    let y = statistics.normalized.enumerated().map { index, value in
      let place = index / plane % channels * scale.count / channels
      return value * scale[place] + shift[place]
    }
    return [Tensor(doubles: y, shape: x.shape, dataType: x.dataType)]
  }

  /// All three gradients in one node, since they share their sums; those of a scale per group are added up over it.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let op = GroupNormalizationGradient(groups: groups, epsilon: epsilon)
    guard scalesGroups else {
      return try builder.add(op, [call.gradient, call.inputs[0], call.inputs[1]])
    }
    let size = try builder.extent(of: call.inputs[0]!, axis: 1) / groups
    let column = try builder.add(Reshape(to: [.fixed(groups), .fixed(1)]), call.inputs[1])
    let repeated = try builder.add(Expand(to: [.fixed(groups), .fixed(size)]), column)
    let scale = try builder.add(Reshape(to: [.fixed(groups * size)]), repeated)
    let gradients = try builder.add(op, [call.gradient, call.inputs[0], scale])
    let sums = try gradients.dropFirst().map { gradient in
      let grouped = try builder.add(Reshape(to: [.fixed(groups), .fixed(size)]), gradient)
      return try builder.add(ReduceSum(axes: [1], keepDimensions: false), grouped)
    }
    return [gradients[0]] + sums
  }

  /// Groups of one channel are as `InstanceNormalization`; larger ones block, since their channels depend on each other.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard call.outputShape()[1] == groups else {
      return coupling.blockAll(call, reason: "\(call.outputs[0]): normalisation in \(groups) groups of channels")
    }
    InstanceNormalization(epsilon: epsilon).couple(call, into: &coupling)
  }

  /// As many groups as channels that are kept.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator {
    var result = self
    result.groups = kept.count(of: call.output(axis: 1), original: groups)
    return result
  }
}

/// The gradient of `GroupNormalization` and `InstanceNormalization`: inputs dy, x, scale (per channel); outputs dx,
/// dscale, dshift.
///
/// With n = normalised x and g = dy * scale: dx = (g - mean of g - n * mean of g*n) / sqrt(variance + epsilon) with means
/// over each group, dscale the sum of dy*n and dshift the sum of dy over each channel. The statistics are taken from x
/// again.
public struct GroupNormalizationGradient: Operator {
  /// The operation's name.
  public static let kind = "GroupNormalizationGradient"
  /// The number of groups.
  public let groups: Int
  /// Keeps the root away from zero.
  public let epsilon: Double

  /// Makes the operator.
  public init(groups: Int, epsilon: Double) {
    self.groups = groups
    self.epsilon = epsilon
  }

  /// The input's type, then that of the scale twice.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [inputs[1]!.type, inputs[2]!.type, inputs[2]!.type]
  }

  /// The formula of the type's comment.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, x, scale) = (inputs[0]!.doubles, inputs[1]!, inputs[2]!.doubles)
    let statistics = RowStatistics(of: x.doubles, rows: x.shape[0] * groups, epsilon: epsilon)
    let plane = x.shape.dimensions[2...].reduce(1, *)
    let channels = x.shape[1]
    var dscale = [Double](repeating: 0, count: channels)
    var dshift = dscale
    for (index, gradient) in dy.enumerated() {
      dscale[index / plane % channels] += gradient * statistics.normalized[index]
      dshift[index / plane % channels] += gradient
    }
    let scaled = dy.enumerated().map { $1 * scale[$0 / plane % channels] }
    let type = inputs[0]!.dataType
    return [
      Tensor(doubles: statistics.gradient(of: scaled), shape: x.shape, dataType: type),
      Tensor(doubles: dscale, shape: [channels], dataType: type),
      Tensor(doubles: dshift, shape: [channels], dataType: type),
    ]
  }
}

extension GraphBuilder {
  /// Adds a group normalisation with scale 1 and shift 0.
  public func groupNormalization(
    _ x: Value, groups: Int, epsilon: Double = 1e-5, name: String = "gn"
  ) throws -> Value {
    let channels = try extent(of: x, axis: 1)
    return try add(
      GroupNormalization(groups: groups, epsilon: epsilon),
      [
        x, parameter("\(name).weight", Tensor(repeating: Float(1), shape: [channels])),
        parameter("\(name).bias", Tensor(zeros: [channels])),
      ], name: name)[0]
  }
}
