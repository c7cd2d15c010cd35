import Graphs

extension GraphBuilder {
  /// Three branches that are summed in training, and together are one 3x3 convolution afterwards.
  ///
  /// Ding et al. 2021, "RepVGG: making VGG-style ConvNets great again", figure 2; the branch without a convolution is
  /// there only where both ends are alike.
  ///
  ///     x ──┬── 3x3 ── bn ──┐
  ///         ├── 1x1 ── bn ──+── relu
  ///         └────── bn ─────┘
  func branched(_ x: Value, outputs: Int, stride: Int, _ style: LayerStyle) throws -> Value {
    let spatial = try normalized(
      x, .convolution(outputs, kernel: 3, stride: stride), style, activates: false,
      names: ("rbr_dense.conv", "rbr_dense.bn"))
    let point = try normalized(
      x, .pointwise(outputs, stride: stride), style, activates: false, names: ("rbr_1x1.conv", "rbr_1x1.bn"))
    var y = try sum(spatial, point)
    if try stride == 1 && extent(of: x, axis: 1) == outputs {
      y = try sum(y, normalization(x, style, name: "rbr_identity"))
    }
    return try relu(y)
  }
}
