import Graphs

/// A block of ResNets: layers with a shortcut around them.
struct ResidualBlock: Sendable {
  /// Channels of the 3x3 convolutions.
  var width: Int
  /// Channels that come out.
  var outputs: Int
  /// Steps of the first 3x3 convolution.
  var stride = 1
  /// Whether 1x1 convolutions stand around one 3x3 convolution, rather than two of these one behind the other.
  var isBottleneck = false
  /// The scale at which the last normalisation starts; 0 makes the block an identity (Goyal et al. 2017, section 5.1).
  var lastScale: Float = 1
  /// Share of values between two 3x3 convolutions set to 0 in training (wide residual networks).
  var dropout = 0.0
}

extension GraphBuilder {
  /// He, Zhang, Ren, Sun 2016, "Deep residual learning for image recognition", figure 5, with the stride in the 3x3
  /// convolution of bottlenecks and shortcuts of option B, a 1x1 convolution where shapes differ.
  ///
  ///     x ──┬── conv1 ── bn1 ── relu ── conv2 ── bn2 (── relu ── conv3 ── bn3) ── + ── relu
  ///         └──────────────────── (downsample.0 ── downsample.1) ────────────────┘
  func residual(_ x: Value, _ block: ResidualBlock, _ style: LayerStyle) throws -> Value {
    func layer(_ x: Value, _ number: Int, _ layer: ConvolutionLayer, isLast: Bool = false) throws -> Value {
      let y = try normalization(
        convolution(x, layer, style, name: "conv\(number)"), style, scale: isLast ? block.lastScale : 1,
        name: "bn\(number)")
      return try isLast ? y : relu(y)
    }
    var y: Value
    if block.isBottleneck {
      y = try layer(x, 1, .pointwise(block.width))
      y = try layer(y, 2, .convolution(block.width, kernel: 3, stride: block.stride))
      y = try layer(y, 3, .pointwise(block.outputs), isLast: true)
    } else {
      y = try layer(x, 1, .convolution(block.width, kernel: 3, stride: block.stride))
      y = try layer(y, 2, .convolution(block.outputs, kernel: 3), isLast: true)
    }
    var shortcut = x
    if try block.stride > 1 || extent(of: x, axis: 1) != block.outputs {
      shortcut = try normalized(
        x, .pointwise(block.outputs, stride: block.stride), style, activates: false, name: "downsample")
    }
    return try relu(sum(y, shortcut))
  }

  /// He, Zhang, Ren, Sun 2016, "Identity mappings in deep residual networks", figure 4 (e): normalisation and ReLU in
  /// front of every convolution, and nothing behind the sum. Where shapes differ, the shortcut's 1x1 convolution reads
  /// what is normalised already, and has no normalisation of its own.
  ///
  ///     x ── bn1 ── relu ──┬── conv1 ── bn2 ── relu ── conv2 (── bn3 ── relu ── conv3) ── +
  ///                        └──────────────────── (shortcut) ─────────────────────────────┘
  func preactivatedResidual(
    _ x: Value, _ block: ResidualBlock, _ style: LayerStyle, shortcutName: String
  ) throws -> Value {
    func preactivated(_ x: Value, _ number: Int) throws -> Value {
      try relu(normalization(x, style, name: "bn\(number)"))
    }
    let spatial = ConvolutionLayer.convolution(block.width, kernel: 3, stride: block.stride)
    let front = try preactivated(x, 1)
    var y: Value
    if block.isBottleneck {
      y = try preactivated(convolution(front, .pointwise(block.width), style, name: "conv1"), 2)
      y = try preactivated(convolution(y, spatial, style, name: "conv2"), 3)
      y = try convolution(y, .pointwise(block.outputs), style, name: "conv3")
    } else {
      y = try preactivated(convolution(front, spatial, style, name: "conv1"), 2)
      y = try withDropout(y, ratio: block.dropout)
      y = try convolution(y, .convolution(block.outputs, kernel: 3), style, name: "conv2")
    }
    let isIdentity = try block.stride == 1 && extent(of: x, axis: 1) == block.outputs
    let shortcut =
      try isIdentity
      ? x : convolution(front, .pointwise(block.outputs, stride: block.stride), style, name: shortcutName)
    return try sum(y, shortcut)
  }
}
