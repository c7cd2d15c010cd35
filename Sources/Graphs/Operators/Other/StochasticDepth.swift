import Tensors

/// Passes a residual branch on; in training it drops the whole branch for random samples and scales it by 1 / (1 - ratio)
/// for the others, so that the mean stays.
///
/// Huang, Sun, Liu, Sedra, Weinberger 2016, "Deep networks with stochastic depth", in the inverted form: the paper scales
/// in inference, by the survival probability 1 - ratio; it also drops a branch for a whole batch, where this draws for
/// each sample, as EfficientNet's authors and torchvision ("row") do.
///
/// It has no ONNX form: what is written, or compiled for inference, is without it.
public struct StochasticDepth: Operator, Differentiable, ChannelCoupled {
  /// The operation's name.
  public static let kind = "StochasticDepth"
  /// The share of samples that training drops the branch for.
  public var ratio: Float

  /// Makes the operator.
  public init(ratio: Float) {
    precondition((0...1).contains(ratio), "a ratio of \(ratio) is not between 0 and 1")
    self.ratio = ratio
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type] }

  /// The input.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] { [inputs[0]!] }

  /// dx = dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] { [call.gradient] }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}

extension StochasticDepth: HasTrainingForm {
  /// The branch times a number for each sample, drawn by the seed of the evaluation and the node's name.
  /// - Throws: `PareError.badInput` for a value without a batch axis.
  public func addTrainingForm(
    name: String, inputs: [Value?], in builder: GraphBuilder
  ) throws -> (outputs: [Value], stateWrites: [Int: Value]) {
    let x = inputs[0]!
    let shape = try builder.shape(of: x)
    guard shape.rank > 0 else {
      throw PareError(.badInput, "a single number has no samples to drop", context: ["node": name])
    }
    let factors = ValueShape([shape[0]] + shape.dimensions.dropFirst().map { _ in .fixed(1) })
    let mask = try builder.add(StochasticDepthMask(ratio: ratio, key: name, shape: factors), name: "\(name).mask")
    return ([try builder.add(Mul(), x, mask, name: name)], [:])
  }
}

/// A number for each sample: 0 for those that lose a branch, 1 / (1 - ratio) for the others. It has no inputs, so that
/// nothing is differentiated by it.
public struct StochasticDepthMask: Operator {
  /// The operation's name.
  public static let kind = "StochasticDepthMask"
  /// The share of samples that lose the branch.
  public let ratio: Float
  /// What tells this node's random numbers from those of others: its name.
  public let key: String
  /// The samples, and an extent of 1 along every other axis.
  public let shape: ValueShape

  /// Makes the operator.
  public init(ratio: Float, key: String, shape: ValueShape) {
    self.ratio = ratio
    self.key = key
    self.shape = shape
  }

  /// float32 numbers of the shape.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [ValueType(.float32, shape)] }

  /// The source of this node's random numbers: one uniform number a sample in order; below the ratio it is dropped.
  public func randomSource(seed: UInt64) -> RandomSource { RandomSource(seed: seed, node: key) }

  /// What the branches of samples that keep it are multiplied by; 0 where all are dropped.
  public var scale: Float { ratio < 1 ? 1 / (1 - ratio) : 0 }

  /// The numbers, drawn by the context's seed.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let shape = shape.bound(toBatch: context.batch)
    var random = randomSource(seed: context.seed)
    return [Tensor((0..<shape.count).map { _ in random.uniform() < Double(ratio) ? 0 : scale }, shape: shape)]
  }
}

extension GraphBuilder {
  /// Adds stochastic depth behind a residual branch: nothing in inference, random samples without the branch in training.
  public func stochasticDepth(_ x: Value, ratio: Float) throws -> Value { try add(StochasticDepth(ratio: ratio), x) }
}
