import Graphs
import Tensors

/// A convolution as a row of a table gives it.
struct ConvolutionLayer: Sendable {
  /// Into how many groups channels are split.
  enum Groups: Sendable {
    /// Into so many.
    case count(Int)
    /// Into one for each channel.
    case depthwise
  }

  /// Channels that come out; nil: as many as go in.
  var outputs: Int?
  /// Rows and columns of the window.
  var kernel: Int
  /// Steps of the window.
  var stride: Int
  /// Groups of channels.
  var groups: Groups
  /// Zeros on every side, where the network's style does not say.
  var padding: Int?

  /// A convolution over all channels, or in groups.
  static func convolution(
    _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, groups: Int = 1
  ) -> ConvolutionLayer {
    ConvolutionLayer(outputs: outputs, kernel: kernel, stride: stride, groups: .count(groups), padding: padding)
  }

  /// A convolution of single pixels.
  static func pointwise(_ outputs: Int, stride: Int = 1, groups: Int = 1) -> ConvolutionLayer {
    .convolution(outputs, kernel: 1, stride: stride, padding: 0, groups: groups)
  }

  /// A convolution of each channel on its own.
  static func depthwise(_ kernel: Int, stride: Int = 1) -> ConvolutionLayer {
    ConvolutionLayer(outputs: nil, kernel: kernel, stride: stride, groups: .depthwise, padding: nil)
  }
}

extension GraphBuilder {
  /// A convolution without bias, its weights `NAME.weight`.
  func convolution(_ x: Value, _ layer: ConvolutionLayer, _ style: LayerStyle, name: String) throws -> Value {
    let channels = try extent(of: x, axis: 1)
    let outputs = layer.outputs ?? channels
    let groups =
      switch layer.groups {
      case .count(let count): count
      case .depthwise: channels
      }
    guard channels % groups == 0, outputs % groups == 0 else {
      throw PareError(.usage, "\(channels) channels and \(outputs) outputs do not split into \(groups) groups")
    }
    let initializer = groups > 1 ? style.groupInitializer : style.initializer
    let shape: Shape = [outputs, channels / groups, layer.kernel, layer.kernel]
    let weight = weights("\(name).weight", shape, from: initializer)
    let pads =
      try layer.padding.map { [$0, $0, $0, $0] }
      ?? style.padding.pads(
        kernel: layer.kernel, stride: layer.stride, height: extent(of: x, axis: 2), width: extent(of: x, axis: 3))
    let window = SpatialWindow(
      kernel: [layer.kernel, layer.kernel], strides: [layer.stride, layer.stride], pads: pads)
    return try add(Convolution(window: window, groups: groups), x, weight, name: name)
  }

  /// A batch normalisation in the network's style.
  func normalization(_ x: Value, _ style: LayerStyle, scale: Float = 1, name: String) throws -> Value {
    try batchNormalization(x, epsilon: style.epsilon, momentum: style.momentum, scale: scale, name: name)
  }

  /// conv ── bn ── activation, with names for the two that have parameters.
  func normalized(
    _ x: Value, _ layer: ConvolutionLayer, _ style: LayerStyle, activates: Bool = true,
    names: (convolution: String, normalization: String)
  ) throws -> Value {
    let y = try normalization(
      convolution(x, layer, style, name: names.convolution), style, name: names.normalization)
    return try activates ? activated(y, by: style.activation) : y
  }

  /// conv ── bn ── activation, named `NAME.0` and `NAME.1` as torchvision does.
  func normalized(
    _ x: Value, _ layer: ConvolutionLayer, _ style: LayerStyle, activates: Bool = true, name: String
  ) throws -> Value {
    try normalized(x, layer, style, activates: activates, names: ("\(name).0", "\(name).1"))
  }
}
