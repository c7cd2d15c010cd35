import Tensors

/// Layer normalisation: y = scale * (x - mean) / sqrt(variance + epsilon) + shift, with mean and variance of all elements
/// from an axis on, for each index in front of it. (Ba, Kiros, Hinton 2016, "Layer normalization".)
///
/// Inputs: x, scale, optional shift, both with the extents from the axis on.
public struct LayerNormalization: ONNXOperator, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "LayerNormalization"
  /// The first axis that is normalised, counted from the end where negative.
  public var axis: Int
  /// Keeps the root away from zero.
  public var epsilon: Double
  /// How many outputs there are: y, then the mean, then 1 / sqrt(variance + epsilon).
  public var outputCount: Int

  /// Makes the operator.
  public init(axis: Int = -1, epsilon: Double = 1e-5, outputCount: Int = 1) {
    precondition((1...3).contains(outputCount), "\(outputCount) outputs of a layer normalisation")
    self.axis = axis
    self.epsilon = epsilon
    self.outputCount = outputCount
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("axis", "epsilon", "stash_type")
    guard (1...3).contains(record.outputCount) else { throw record.unsupported("\(record.outputCount) outputs") }
    guard try record.int("stash_type") ?? 1 == 1 else { throw record.unsupported("statistics in half precision") }
    self.init(
      axis: try record.int("axis") ?? -1, epsilon: try record.float("epsilon") ?? 1e-5, outputCount: record.outputCount)
  }

  /// The operator as opset 17 has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["axis": .int(axis), "epsilon": .float(Float(epsilon))]) }

  /// The input's type; the statistics have 1 for every normalised extent.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return Array(repeating: type, count: outputCount) }
    let axis = try Shape.normalizedAxis(axis, rank: x.rank)
    let normalized = Array(x.dimensions[axis...])
    for input in inputs.dropFirst() {
      guard let shape = try input?.knownShape() else { continue }
      guard Array(shape.dimensions.drop { $0 == .fixed(1) }) == Array(normalized.drop { $0 == .fixed(1) }) else {
        throw PareError(.unsupported, "a scale or shift of shape \(shape) for axes \(axis) and up of \(x)")
      }
    }
    let statistics = x.dimensions.enumerated().map { $0 < axis ? $1 : .fixed(1) }
    let statistic = ValueType(type.dataType, ValueShape(statistics))
    return [type] + Array(repeating: statistic, count: outputCount - 1)
  }

  /// Scale, then shift.
  public func role(ofInput index: Int) -> ParameterRole {
    switch index {
    case 1: .normalizationScale
    case 2: .normalizationShift
    default: .constant
    }
  }

  /// Rows that are normalised each on its own, and their length.
  package func rows(of shape: Shape) throws -> (count: Int, width: Int) {
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    return (shape.dimensions[..<axis].reduce(1, *), shape.dimensions[axis...].reduce(1, *))
  }

  /// The normalised input and its statistics.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let scale = inputs[1]!.doubles
    let shift = inputs.count > 2 ? inputs[2]?.doubles : nil
    let (rows, width) = try rows(of: x.shape)
    let statistics = RowStatistics(of: x.doubles, rows: rows, epsilon: epsilon)
    let y = statistics.normalized.enumerated().map { $1 * scale[$0 % width] + (shift?[$0 % width] ?? 0) }
    let axis = try Shape.normalizedAxis(axis, rank: x.shape.rank)
    let small = Shape(x.shape.dimensions.enumerated().map { $0 < axis ? $1 : 1 })
    let outputs = [
      Tensor(doubles: y, shape: x.shape, dataType: x.dataType),
      Tensor(doubles: statistics.means, shape: small, dataType: x.dataType),
      Tensor(doubles: statistics.inverses, shape: small, dataType: x.dataType),
    ]
    return Array(outputs.prefix(outputCount))
  }

  /// Normalised indices block, since each depends on all; the axes in front pass through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let first = try? Shape.normalizedAxis(axis, rank: shape.rank) else { return }
    let reason = "\(call.outputs[0]): all indices of a layer normalisation depend on each other"
    for axis in shape.dimensions.indices {
      coupling.tie(call.input(0, axis: axis), call.output(axis: axis), count: shape[axis])
      guard axis >= first, shape[axis] > 1 else { continue }
      coupling.block(call.input(0, axis: axis), count: shape[axis], reason: reason)
    }
    for input in call.inputs.indices.dropFirst() where !call.inputs[input].isEmpty {
      guard let parameter = call.inputShape(input) else { continue }
      for axis in parameter.dimensions.indices {
        coupling.block(call.input(input, axis: axis), count: parameter[axis], reason: reason)
      }
    }
  }
}

extension LayerNormalization: Differentiable {
  /// All three gradients in one node, since they share their sums.
  /// - Throws: `PareError.unsupported` where the loss depends on the statistics.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    guard call.outputGradients.dropFirst().allSatisfy({ $0 == nil }), let dy = call.outputGradients[0] else {
      throw PareError(.unsupported, "the statistics of a layer normalisation have no gradient")
    }
    let gradients = try builder.add(
      LayerNormalizationGradient(forward: self), [dy, call.inputs[0], call.inputs[1]])
    let shapes = try call.inputs.map { try $0.map { try builder.shape(of: $0) } }
    return try call.inputs.indices.map { index in
      guard let shape = shapes[index] else { return nil }
      let gradient = gradients[index]
      return try builder.shape(of: gradient) == shape ? gradient : builder.add(Reshape(to: shape), gradient)
    }
  }
}

/// The gradient of `LayerNormalization`: inputs dy, x, scale; outputs dx, dscale, dshift.
///
/// With n = normalised x and g = dy * scale: dx = (g - mean of g - n * mean of g*n) / sqrt(variance + epsilon), dscale the
/// sum of dy*n and dshift the sum of dy over the rows. The statistics are taken from x again.
public struct LayerNormalizationGradient: Operator {
  /// The operation's name.
  public static let kind = "LayerNormalizationGradient"
  /// The operator that is differentiated.
  public let forward: LayerNormalization

  /// Makes the operator.
  public init(forward: LayerNormalization) { self.forward = forward }

  /// The input's type, then that of the scale twice.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [inputs[1]!.type, inputs[2]!.type, inputs[2]!.type]
  }

  /// The formula of the type's comment.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, x, scale) = (inputs[0]!.doubles, inputs[1]!, inputs[2]!.doubles)
    let (rows, width) = try forward.rows(of: x.shape)
    let statistics = RowStatistics(of: x.doubles, rows: rows, epsilon: forward.epsilon)
    let scaled = dy.enumerated().map { $1 * scale[$0 % width] }
    var dscale = [Double](repeating: 0, count: scale.count)
    var dshift = dscale
    for (index, gradient) in dy.enumerated() {
      dscale[index % width] += gradient * statistics.normalized[index]
      dshift[index % width] += gradient
    }
    let type = inputs[0]!.dataType
    return [
      Tensor(doubles: statistics.gradient(of: scaled), shape: x.shape, dataType: type),
      Tensor(doubles: dscale, shape: inputs[2]!.shape, dataType: type),
      Tensor(doubles: dshift, shape: inputs[2]!.shape, dataType: type),
    ]
  }
}

extension GraphBuilder {
  /// Adds a layer normalisation over the last axis with scale 1 and shift 0.
  public func layerNormalization(_ x: Value, epsilon: Double = 1e-5, name: String = "ln") throws -> Value {
    let width = try extent(of: x, axis: shape(of: x).rank - 1)
    return try add(
      LayerNormalization(epsilon: epsilon),
      [
        x, parameter("\(name).weight", Tensor(repeating: Float(1), shape: [width])),
        parameter("\(name).bias", Tensor(zeros: [width])),
      ], name: name)[0]
  }
}
