import Graphs

/// A layer of a densely connected block, which adds its outputs to all that came before.
///
/// Huang, Liu, van der Maaten, Weinberger 2017, "Densely connected convolutional networks", section 3.
struct DenseLayer: Sendable {
  /// Channels that it adds (the paper's k).
  var growth: Int
  /// Channels of the 1x1 convolution in front, as a multiple of `growth` (DenseNet-B); nil: there is none.
  var bottleneck: Int?
  /// Share of the added channels' values set to 0 in training.
  var dropout = 0.0
}

extension GraphBuilder {
  /// bn ── relu ── (1x1 ── bn ── relu ──) 3x3 ── dropout, concatenated behind the input.
  func denselyConnected(_ x: Value, _ layer: DenseLayer, _ style: LayerStyle) throws -> Value {
    var y = try relu(normalization(x, style, name: "norm1"))
    if let bottleneck = layer.bottleneck {
      y = try convolution(y, .pointwise(bottleneck * layer.growth), style, name: "conv1")
      y = try relu(normalization(y, style, name: "norm2"))
      y = try convolution(y, .convolution(layer.growth, kernel: 3), style, name: "conv2")
    } else {
      y = try convolution(y, .convolution(layer.growth, kernel: 3), style, name: "conv1")
    }
    return try concatenation([x, withDropout(y, ratio: layer.dropout)])
  }

  /// bn ── relu ── 1x1 ── average pool 2x2: between two blocks.
  func transition(_ x: Value, outputs: Int, _ style: LayerStyle) throws -> Value {
    let y = try relu(normalization(x, style, name: "norm"))
    return try averagePool(convolution(y, .pointwise(outputs), style, name: "conv"), kernel: 2)
  }
}
