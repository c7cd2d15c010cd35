import Tensors

/// The mean under a moving window, channel by channel.
///
/// The divisor of a window is the number of its taps inside the input, or, with `countsPadding`, inside the input and
/// its padding; taps beyond the padding (rounding up) never count, as in PyTorch and ONNX since opset 19.
public struct AveragePool: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "AveragePool"
  /// How the window moves.
  public var window: SpatialWindow
  /// Whether zeros in the padding count (ONNX's count_include_pad).
  public var countsPadding: Bool

  /// Makes the operator.
  public init(window: SpatialWindow, countsPadding: Bool = false) {
    self.window = window
    self.countsPadding = countsPadding
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes(
      "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides")
    window = try PoolingLoops.window(record: record)
    countsPadding = try record.int("count_include_pad") ?? 0 == 1
  }

  /// The operator as ONNX has it; dilations, which need opset 19, only where there are any.
  public func form() -> NodeForm {
    var attributes = window.attributes()
    let isDense = window.dilations.allSatisfy { $0 == 1 }
    if isDense { attributes["dilations"] = nil }
    if countsPadding { attributes["count_include_pad"] = .int(1) }
    return NodeForm(Self.kind, attributes, opsets: (isDense ? 1 : 19)...Int.max)
  }

  /// batch x channels x pooled extents.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [try PoolingLoops.outputType(of: window, for: inputs[0]!)]
  }

  /// The mean of every window.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let loops = try PoolingLoops(window: window, input: x.shape)
    let values = x.doubles
    var y = [Double](repeating: 0, count: loops.output.count)
    loops.forEach { output, position, met in
      y[output] = met.reduce(0) { $0 + values[$1] } / divisor(loops, position)
    }
    return [Tensor(doubles: y, shape: loops.output, dataType: x.dataType)]
  }

  /// How many elements the window at a position counts; at least 1.
  func divisor(_ loops: PoolingLoops, _ position: Int) -> Double {
    Double(max(countsPadding ? loops.paddedCounts[position] : loops.positions[position].count, 1))
  }

  /// Every element of a window gets an equal part of dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let shape = try builder.shape(of: call.inputs[0]!)
    return [try builder.add(AveragePoolGradient(pool: self, inputShape: shape), call.gradient)]
  }

  /// Channels pass through.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    coupling.tie(call.input(0, axis: 1), call.output(axis: 1), in: call)
  }
}

/// The gradient of `AveragePool`: input dy; every element of a window gets dy / divisor, summed over windows.
public struct AveragePoolGradient: Operator {
  /// The operation's name.
  public static let kind = "AveragePoolGradient"
  /// The pool that is differentiated.
  public let pool: AveragePool
  /// The shape of its input.
  public let inputShape: ValueShape

  /// Makes the operator.
  public init(pool: AveragePool, inputShape: ValueShape) {
    self.pool = pool
    self.inputShape = inputShape
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(inputs[0]!.type.dataType, inputShape)]
  }

  /// dy / divisor, added up over the windows that meet an element.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let dy = inputs[0]!
    let shape = inputShape.bound(toBatch: context.batch)
    let loops = try PoolingLoops(window: pool.window, input: shape)
    let gradients = dy.doubles
    var dx = [Double](repeating: 0, count: shape.count)
    loops.forEach { output, position, met in
      let part = gradients[output] / pool.divisor(loops, position)
      for index in met { dx[index] += part }
    }
    return [Tensor(doubles: dx, shape: shape, dataType: dy.dataType)]
  }
}

extension GraphBuilder {
  /// Adds a square average pooling; the stride is the kernel where omitted.
  public func averagePool(
    _ x: Value, kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false, countsPadding: Bool = false
  ) throws -> Value {
    let window = Self.squareWindow(kernel: kernel, stride: stride ?? kernel, padding: padding, ceilMode: ceilMode)
    return try add(AveragePool(window: window, countsPadding: countsPadding), x)
  }
}
