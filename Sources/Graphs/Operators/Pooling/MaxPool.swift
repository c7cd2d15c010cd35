import Tensors

/// The largest element under a moving window, channel by channel; padding never wins, NaN does.
public struct MaxPool: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "MaxPool"
  /// How the window moves.
  public var window: SpatialWindow

  /// Makes the operator.
  public init(window: SpatialWindow) { self.window = window }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes(
      "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides")
    guard record.outputCount == 1 else {
      throw record.unsupported("the indices of the largest elements as second output")
    }
    guard try record.int("storage_order") ?? 0 == 0 else { throw record.unsupported("storage_order 1") }
    window = try PoolingLoops.window(record: record)
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, window.attributes()) }

  /// batch x channels x pooled extents.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [try PoolingLoops.outputType(of: window, for: inputs[0]!)]
  }

  /// The largest element of every window.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let loops = try PoolingLoops(window: window, input: x.shape)
    let values = x.doubles
    var y = [Double](repeating: -.infinity, count: loops.output.count)
    loops.forEach { output, _, met in
      if let winner = Self.firstMaximum(of: values, at: met) { y[output] = values[winner] }
    }
    return [Tensor(doubles: y, shape: loops.output, dataType: x.dataType)]
  }

  /// The first index with the largest value, or the last NaN; nil where there are no indices.
  static func firstMaximum(of values: [Double], at indices: [Int]) -> Int? {
    guard var winner = indices.first else { return nil }
    for index in indices.dropFirst() where values[index] > values[winner] || values[index].isNaN { winner = index }
    return winner
  }

  /// dy goes to the first of the largest elements of each window.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(MaxPoolGradient(window: window), call.gradient, call.inputs[0], call.outputs[0])]
  }

  /// Channels pass through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    coupling.tie(call.input(0, axis: 1), call.output(axis: 1), in: call)
  }
}

/// The gradient of `MaxPool`: inputs dy, x and y; every dy is added to the first largest element of its window.
public struct MaxPoolGradient: Operator {
  /// The operation's name.
  public static let kind = "MaxPoolGradient"
  /// How the window moves.
  public let window: SpatialWindow

  /// Makes the operator.
  public init(window: SpatialWindow) { self.window = window }

  /// The type of x.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[1]!.type] }

  /// The sum of the gradients of all windows in which an element is the first largest.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, x) = (inputs[0]!, inputs[1]!)
    let loops = try PoolingLoops(window: window, input: x.shape)
    let (gradients, values) = (dy.doubles, x.doubles)
    var dx = [Double](repeating: 0, count: x.count)
    loops.forEach { output, _, met in
      if let winner = MaxPool.firstMaximum(of: values, at: met) { dx[winner] += gradients[output] }
    }
    return [Tensor(doubles: dx, shape: x.shape, dataType: dy.dataType)]
  }
}

extension GraphBuilder {
  /// Adds a square maximum pooling; the stride is the kernel where omitted.
  public func maxPool(
    _ x: Value, kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false
  ) throws -> Value {
    try add(
      MaxPool(
        window: Self.squareWindow(kernel: kernel, stride: stride ?? kernel, padding: padding, ceilMode: ceilMode)), x)
  }
}
