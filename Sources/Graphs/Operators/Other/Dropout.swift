import Tensors

/// Passes its input on; in training it sets random elements to 0 and scales the rest by 1 / (1 - ratio), so that the
/// mean stays. (Srivastava et al. 2014, "Dropout", in the inverted form.)
public struct Dropout: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Dropout"
  /// Ratio and training mode are inputs since opset 12.
  public static let attributeInputs: Set<Int> = [1, 2]
  /// The share of elements that training drops.
  public var ratio: Float
  /// Whether there is a second output, which says that every element was kept (booleans, all true).
  public var hasMask: Bool

  /// Makes the operator.
  public init(ratio: Float = 0.5, hasMask: Bool = false) {
    self.ratio = ratio
    self.hasMask = hasMask
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("ratio", "seed")
    let input = try record.constant(at: 1)?.doubles.first
    ratio = Float(try record.float("ratio") ?? input ?? 0.5)
    if ratio != 0, let mode = try record.constant(at: 2), mode.doubles.contains(where: { $0 != 0 }) {
      throw record.unsupported("training_mode true (a training graph); export the network in evaluation mode")
    }
    hasMask = record.outputCount > 1
    guard ratio >= 0, ratio <= 1 else {
      throw PareError(.badInput, "a ratio of \(ratio) is not between 0 and 1", context: ["node": record.name])
    }
  }

  /// The operator as opset 12 has it.
  public func form() -> NodeForm { NodeForm(Self.kind, constantInputs: [1: Tensor(scalar: ratio)]) }

  /// The input's type, and booleans of the same shape for the mask.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    return hasMask ? [type, ValueType(.bool, type.shape)] : [type]
  }

  /// The input.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    return hasMask ? [x, Tensor(repeating: true, shape: x.shape)] : [x]
  }

  /// dx = dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [call.outputGradients[0]]
  }

  /// Every index passes through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    coupling.tieElementwise(call)
    guard hasMask, call.outputs.count > 1, !call.outputs[1].isEmpty else { return }
    for axis in call.outputShape().dimensions.indices {
      coupling.tie(call.output(axis: axis), call.output(1, axis: axis), in: call)
    }
  }
}

extension Dropout: HasTrainingForm {
  /// Drops elements at random, by the seed of the evaluation and the node's name.
  public func addTrainingForm(
    name: String, inputs: [Value?], in builder: GraphBuilder
  ) throws -> (outputs: [Value], stateWrites: [Int: Value]) {
    (try builder.add(DropoutTraining(ratio: ratio, key: name), [inputs[0]], name: name), [:])
  }
}

/// Dropout in training. Outputs: y = x * mask, and the mask, which holds 0 for a dropped element and 1 / (1 - ratio)
/// for a kept one.
public struct DropoutTraining: Operator, Differentiable {
  /// The operation's name.
  public static let kind = "DropoutTraining"
  /// The share of elements that are dropped.
  public let ratio: Float
  /// What tells this node's random numbers from those of others: its name.
  public let key: String

  /// Makes the operator.
  public init(ratio: Float, key: String) {
    self.ratio = ratio
    self.key = key
  }

  /// The input's type, twice.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[0]!.type, inputs[0]!.type] }

  /// The source of this node's random numbers: one uniform number an element in row-major order; below the ratio it is
  /// dropped.
  public func randomSource(seed: UInt64) -> RandomSource { RandomSource(seed: seed, node: key) }

  /// What kept elements are multiplied by; 0 where all are dropped.
  public var scale: Double { ratio < 1 ? 1 / (1 - Double(ratio)) : 0 }

  /// The thinned input and the mask.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    var random = randomSource(seed: context.seed)
    let mask = (0..<x.count).map { _ in random.uniform() < Double(ratio) ? 0 : scale }
    let masks = Tensor(doubles: mask, shape: x.shape, dataType: x.dataType)
    return [x.zipElements(with: masks, *), masks]
  }

  /// dx = dy * mask.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    guard let gradient = call.outputGradients[0] else { return [nil] }
    return [try builder.product(gradient, call.outputs[1])]
  }
}

extension GraphBuilder {
  /// Adds a dropout: nothing in inference, random zeros in training.
  public func dropout(_ x: Value, ratio: Float = 0.5) throws -> Value { try add(Dropout(ratio: ratio), x) }
}
