import Graphs

extension GraphBuilder {
  /// depthwise ── bn ── act ── 1x1 ── bn ── act: MobileNet's unit, named `NAME.0.*` and `NAME.1.*`.
  ///
  /// Howard et al. 2017, "MobileNets", figure 3.
  func separable(
    _ x: Value, outputs: Int, kernel: Int = 3, stride: Int = 1, _ style: LayerStyle, name: String
  ) throws -> Value {
    let y = try normalized(x, .depthwise(kernel, stride: stride), style, name: "\(name).0")
    return try normalized(y, .pointwise(outputs), style, name: "\(name).1")
  }

  /// depthwise ── 1x1 ── bn: Xception's unit, with nothing between the two convolutions.
  ///
  /// Chollet 2017, "Xception: deep learning with depthwise separable convolutions", section 3.
  func bareSeparable(
    _ x: Value, outputs: Int, _ style: LayerStyle, names: (convolution: String, normalization: String)
  ) throws -> Value {
    var y = try convolution(x, .depthwise(3), style, name: "\(names.convolution).conv1")
    y = try convolution(y, .pointwise(outputs), style, name: "\(names.convolution).pointwise")
    return try normalization(y, style, name: names.normalization)
  }
}
