import Graphs

/// A block that widens, filters each channel, and narrows again; the narrow ends are joined by a shortcut.
///
/// Sandler et al. 2018, "MobileNetV2", figure 4, with the squeeze-and-excitation of MobileNetV3 where one is given.
struct InvertedResidual: Sendable {
  /// How the layers are named.
  enum Names: Sendable {
    /// `conv.0.0` ... and the last two `conv.2`, `conv.3`: torchvision's MobileNetV2.
    case mobileNetV2
    /// `block.0.0` ... `block.3.1`: torchvision's MobileNetV3 and EfficientNet.
    case block
  }

  /// Channels in the middle; no widening layer where they are as many as come in.
  var expanded: Int
  /// Channels that come out.
  var outputs: Int
  /// Rows and columns of the depthwise window.
  var kernel = 3
  /// Steps of the depthwise window.
  var stride = 1
  /// The gate behind the depthwise convolution; nil: none.
  var excitation: SqueezeExcitation?
  /// Whether the narrow end has no activation.
  var isLinear = true
  /// Share of samples that training drops the branch for, where there is a shortcut.
  var dropped = 0.0
  /// How the layers are named.
  var names = Names.block
}

extension GraphBuilder {
  /// 1x1 ── bn ── act ── depthwise ── bn ── act ── (gate) ── 1x1 ── bn ── + ; the sum only where both ends are alike.
  func invertedResidual(_ x: Value, _ block: InvertedResidual, _ style: LayerStyle) throws -> Value {
    let inputs = try extent(of: x, axis: 1)
    let prefix = block.names == .block ? "block" : "conv"
    var position = 0
    func nextName() -> String {
      defer { position += 1 }
      return "\(prefix).\(position)"
    }

    var y = x
    if block.expanded != inputs { y = try normalized(y, .pointwise(block.expanded), style, name: nextName()) }
    y = try normalized(y, .depthwise(block.kernel, stride: block.stride), style, name: nextName())
    if let excitation = block.excitation {
      y = try scope(nextName()) { try excited(y, excitation, style) }
    }
    let end =
      block.names == .block
      ? ("\(prefix).\(position).0", "\(prefix).\(position).1") : ("\(prefix).\(position)", "\(prefix).\(position + 1)")
    y = try normalized(y, .pointwise(block.outputs), style, activates: !block.isLinear, names: end)
    guard block.stride == 1, block.outputs == inputs else { return y }
    return try sum(x, withStochasticDepth(y, ratio: block.dropped))
  }
}
