import Tensors

/// The largest element under a moving window, channel by channel; padding never wins, NaN does.
public struct MaxPool: ONNXOperator, Differentiable, ChannelCoupled {
  /// The order in which a second output counts the elements of the input.
  public enum IndexOrder: Int, Sendable, Hashable {
    /// The last axis fastest, as the elements lie.
    case rowMajor = 0
    /// Within a channel the first spatial axis fastest.
    case columnMajor = 1
  }

  /// The ONNX type.
  public static let kind = "MaxPool"
  /// How the window moves.
  public var window: SpatialWindow
  /// The order of a second output, which says where in the whole input each largest element stands (int64); nil where
  /// there is none.
  public var indices: IndexOrder?

  /// Makes the operator.
  public init(window: SpatialWindow, indices: IndexOrder? = nil) {
    self.window = window
    self.indices = indices
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes(
      "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides")
    let code = try record.int("storage_order") ?? 0
    guard let order = IndexOrder(rawValue: code) else { throw record.unsupported("storage_order \(code)") }
    self.init(window: try PoolingLoops.window(record: record), indices: record.outputCount > 1 ? order : nil)
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm {
    var attributes = window.attributes()
    if let indices { attributes["storage_order"] = .int(indices.rawValue) }
    return NodeForm(Self.kind, attributes)
  }

  /// batch x channels x pooled extents, twice where the places are asked for.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = try PoolingLoops.outputType(of: window, for: inputs[0]!)
    return indices == nil ? [type] : [type, ValueType(.int64, type.shape)]
  }

  /// The largest element of every window, and where it stands.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let loops = try PoolingLoops(window: window, input: x.shape)
    let values = x.doubles
    var y = [Double](repeating: -.infinity, count: loops.output.count)
    var places = [Int64](repeating: -1, count: indices == nil ? 0 : y.count)
    loops.forEach { output, _, met in
      guard let winner = Self.firstMaximum(of: values, at: met) else { return }
      y[output] = values[winner]
      if let indices { places[output] = Int64(Self.place(winner, in: x.shape, indices)) }
    }
    let result = Tensor(doubles: y, shape: loops.output, dataType: x.dataType)
    return indices == nil ? [result] : [result, Tensor(places, shape: loops.output)]
  }

  /// The number of an element in the order asked for.
  private static func place(_ index: Int, in shape: Shape, _ order: IndexOrder) -> Int {
    guard order == .columnMajor else { return index }
    let extents = shape.dimensions[2...]
    let plane = extents.reduce(1, *)
    var (rest, place, step) = (index % plane, 0, plane)
    for extent in extents.reversed() {
      step /= extent
      place += rest % extent * step
      rest /= extent
    }
    return index / plane * plane + place
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

  /// Channels pass through; with a second output they block, since it counts them.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard indices == nil || call.outputs.count < 2 || call.outputs[1].isEmpty else {
      return coupling.blockAll(call, reason: "\(call.outputs[0]): pooling that counts the elements of all channels")
    }
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
