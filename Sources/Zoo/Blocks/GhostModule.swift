import Graphs

extension GraphBuilder {
  /// Half of the channels from a 1x1 convolution, the other half (the ghosts) from a 3x3 filter on each of these.
  ///
  /// Han et al. 2020, "GhostNet: more features from cheap operations", figure 1, with ratio 2. An odd channel too many is
  /// cut off.
  ///
  ///     1x1 ── bn ── act ──┬───────────────────────────── concat
  ///                        └── depthwise ── bn ── act ──┘
  func ghost(
    _ x: Value, outputs: Int, _ style: LayerStyle, activates: Bool = true, name: String
  ) throws -> Value {
    let primary = try normalized(
      x, .pointwise((outputs + 1) / 2), style, activates: activates, name: "\(name).primary_conv")
    let ghosts = try normalized(
      primary, .depthwise(3), style, activates: activates, name: "\(name).cheap_operation")
    let all = try concatenation([primary, ghosts])
    return try outputs % 2 == 0 ? all : slice(all, axis: 1, to: outputs)
  }
}
