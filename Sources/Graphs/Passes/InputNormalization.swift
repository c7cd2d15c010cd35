import Tensors

/// Lets a network take raw pixels in [0, 1]: puts y = (scale * x - mean) / std before an input, and where asked brings
/// channels and axes into the network's order first.
///
/// Batches carry raw pixels, so that networks of different preparation (a teacher and its student) can share them. The
/// input keeps its name; its type becomes that of the batch. The numbers are constants: they are read through a Reshape,
/// whose inputs are never trained.
public struct InputNormalization: GraphPass {
  /// The order of the axes in memory.
  public enum AxisOrder: Sendable, Hashable {
    /// Batch, channels, height, width.
    case channelsFirst
    /// Batch, height, width, channels.
    case channelsLast
  }

  /// The input to change; nil: the network's first.
  public var input: String?
  /// What a pixel is multiplied by before mean and std.
  public var scale: Float
  /// What is subtracted per channel, on scaled pixels; nil: nothing.
  public var mean: [Float]?
  /// What is divided by per channel, on scaled pixels; nil: nothing.
  public var std: [Float]?
  /// Whether batches have the channels in the opposite order (RGB for a BGR network, or the other way).
  public var reversesChannels: Bool
  /// The order of the network's axes.
  public var networkAxes: AxisOrder
  /// The order of the batch's axes.
  public var batchAxes: AxisOrder

  /// Makes the pass; without arguments it changes nothing.
  public init(
    input: String? = nil, scale: Float = 1, mean: [Float]? = nil, std: [Float]? = nil, reversesChannels: Bool = false,
    networkAxes: AxisOrder = .channelsFirst, batchAxes: AxisOrder = .channelsFirst
  ) {
    self.input = input
    self.scale = scale
    self.mean = mean
    self.std = std
    self.reversesChannels = reversesChannels
    self.networkAxes = networkAxes
    self.batchAxes = batchAxes
  }

  /// Whether the network stays as it is.
  public var isIdentity: Bool {
    scale == 1 && mean?.allSatisfy { $0 == 0 } ?? true && std?.allSatisfy { $0 == 1 } ?? true && !reversesChannels
      && networkAxes == batchAxes
  }

  /// The network with the normalisation in front.
  /// - Throws: `PareError.usage` where the input is missing, is no image, or has another number of channels.
  public func apply(to graph: Graph) throws -> Graph {
    if isIdentity { return graph }
    let name = input ?? graph.inputs.first?.name ?? ""
    guard let index = graph.inputs.firstIndex(where: { $0.name == name }) else {
      throw PareError(.usage, "the network has no input \"\(name)\" to normalise")
    }
    let port = graph.inputs[index]
    guard port.type.dataType == .float32, let shape = port.type.shape, shape.rank == 4 else {
      throw PareError(.usage, "input \"\(name)\" is \(port.type); only images (float32, four axes) are normalised")
    }
    let builder = GraphBuilder(name: graph.name)
    for (position, other) in graph.inputs.enumerated() {
      _ = builder.adoptInput(position == index ? GraphPort(name, ValueType(.float32, batchShape(of: shape))) : other)
    }
    for (parameter, value) in graph.parameters { builder.adoptParameter(parameter, value) }
    let normalized = try prefix(Value(name), shape: shape, avoiding: graph, in: builder)
    for node in graph.nodes {
      try builder.adoptNode(
        node, inputs: node.inputs.map { $0.isEmpty ? nil : $0 == name ? normalized : Value($0) })
    }
    for output in graph.outputs { builder.adoptOutput(name: output.name == name ? normalized.name : output.name) }
    return try builder.build()
  }

  private func batchShape(of shape: ValueShape) -> ValueShape {
    if networkAxes == batchAxes { return shape }
    return networkAxes == .channelsFirst
      ? [shape[0], shape[2], shape[3], shape[1]] : [shape[0], shape[3], shape[1], shape[2]]
  }

  private func prefix(_ x: Value, shape: ValueShape, avoiding graph: Graph, in builder: GraphBuilder) throws -> Value {
    let channelAxis = networkAxes == .channelsFirst ? 1 : 3
    guard let channels = shape[channelAxis].fixedExtent else {
      throw PareError(.usage, "the number of channels of input \"\(x.name)\" is unknown")
    }
    // A stem that the network has not used, so that none of its own names are taken before it is adopted.
    let stem = graph.freshName("\(x.name).preparation")
    return try builder.scope(stem) {
      var value = x
      if networkAxes != batchAxes {
        value = try builder.transposed(value, networkAxes == .channelsFirst ? [0, 3, 1, 2] : [0, 2, 3, 1])
      }
      if reversesChannels {
        let order = builder.parameter("order", Tensor((0..<channels).reversed().map { Int64($0) }))
        value = try builder.gathered(value, order, axis: channelAxis)
      }
      if let mean, mean.contains(where: { $0 != 0 }) {
        let constants = try constant("mean", mean.map { $0 / scale }, channels, channelAxis, in: builder)
        value = try builder.difference(value, constants)
      }
      if std != nil || scale != 1 {
        let divisors = (std ?? Array(repeating: 1, count: channels)).map { $0 / scale }
        if divisors.contains(where: { $0 != 1 }) {
          value = try builder.quotient(value, constant("std", divisors, channels, channelAxis, in: builder))
        }
      }
      return value
    }
  }

  /// One number per channel in a shape that broadcasts over images.
  private func constant(
    _ name: String, _ values: [Float], _ channels: Int, _ axis: Int, in builder: GraphBuilder
  ) throws -> Value {
    guard values.count == channels else {
      throw PareError(.usage, "\(values.count) numbers of \(name) for an input of \(channels) channels")
    }
    var shape = ValueShape([.fixed(1), .fixed(1), .fixed(1), .fixed(1)])
    shape[axis] = .fixed(channels)
    return try builder.add(Reshape(to: shape), builder.parameter(name, Tensor(values)))
  }
}
