import Datasets
import Graphs

/// Inverted residuals whose pointwise convolutions make half of their channels by cheap filters on the other half.
///
/// Han, Wang, Tian, Guo, Xu, Xu 2020, "GhostNet: more features from cheap operations", table 1 with ratio 2. Gates
/// squeeze to a quarter of the widened channels, rounded to multiples of 4 as all channels are. A shortcut whose ends
/// differ has a depthwise and a pointwise convolution. The dense layer of 1280 has a bias and no normalisation, and is
/// never scaled. Names are those of the authors' code; convolutions start by He's rule.
///
/// In the form for CIFAR the stem and the first block of 24 channels have stride 1.
package struct GhostNet: Architecture {
  package let name = "ghostnet"
  package let summary = "inverted residuals that make half of their channels by cheap filters"
  package let paper: String? = "Han et al. 2020, GhostNet: more features from cheap operations"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(), .width(toMultiplesOf: 4), .dropout(0.2), .seed,
  ]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)
    func channels(_ count: Int) -> Int { options.channels(count, toMultipleOf: 4) }
    let early = options.earlyStride
    let stages: [[(kernel: Int, expanded: Int, channels: Int, isGated: Bool, stride: Int)]] = [
      [(3, 16, 16, false, 1)],
      [(3, 48, 24, false, early)],
      [(3, 72, 24, false, 1)],
      [(5, 72, 40, true, 2)],
      [(5, 120, 40, true, 1)],
      [(3, 240, 80, false, 2)],
      [
        (3, 200, 80, false, 1), (3, 184, 80, false, 1), (3, 184, 80, false, 1), (3, 480, 112, true, 1),
        (3, 672, 112, true, 1),
      ],
      [(5, 672, 160, true, 2)],
      [(5, 960, 160, false, 1), (5, 960, 160, true, 1), (5, 960, 160, false, 1), (5, 960, 160, true, 1)],
    ]

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.normalized(
      x, .convolution(channels(16), kernel: 3, stride: early), style, names: ("conv_stem", "bn1"))
    for (stage, rows) in stages.enumerated() {
      for (index, row) in rows.enumerated() {
        let expanded = channels(row.expanded)
        let excitation = SqueezeExcitation(squeezed: Divisible.nearest(to: Double(expanded) / 4, 4))
        let block = InvertedResidual(
          expanded: expanded, outputs: channels(row.channels), kernel: row.kernel, stride: row.stride,
          excitation: row.isGated ? excitation : nil)
        x = try builder.scope("blocks.\(stage).\(index)") { try builder.ghostBottleneck(x, block, style) }
      }
    }
    x = try builder.normalized(
      x, .pointwise(channels(960)), style, names: ("blocks.\(stages.count).0.conv", "blocks.\(stages.count).0.bn1"))

    x = try builder.convolution(
      builder.globalAveragePool(x), outputs: 1280, kernel: 1, bias: true, initializer: style.initializer,
      name: "conv_head")
    x = try builder.withDropout(builder.flattened(builder.relu(x)), ratio: options.number("dropout"))
    x = try builder.dense(x, outputs: options.classes, initializer: options.normal(0.01), name: "classifier")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

extension GraphBuilder {
  /// Figure 3 of the paper; the depthwise convolution only where the stride is 2:
  ///
  ///     x ──┬── ghost ── relu (── depthwise ── bn) (── gate) ── ghost ── +
  ///         └──────── (depthwise ── bn ── 1x1 ── bn) ──────────────────┘
  fileprivate func ghostBottleneck(_ x: Value, _ block: InvertedResidual, _ style: LayerStyle) throws -> Value {
    var y = try ghost(x, outputs: block.expanded, style, name: "ghost1")
    if block.stride > 1 {
      y = try normalized(
        y, .depthwise(block.kernel, stride: block.stride), style, activates: false, names: ("conv_dw", "bn_dw"))
    }
    if let excitation = block.excitation {
      y = try scope("se") { try excited(y, excitation, style, names: ("conv_reduce", "conv_expand")) }
    }
    y = try ghost(y, outputs: block.outputs, style, activates: false, name: "ghost2")
    let isIdentity = try block.stride == 1 && extent(of: x, axis: 1) == block.outputs
    if isIdentity { return try sum(x, y) }
    let shortcut = try scope("shortcut") {
      let z = try normalized(
        x, .depthwise(block.kernel, stride: block.stride), style, activates: false, names: ("0", "1"))
      return try normalized(z, .pointwise(block.outputs), style, activates: false, names: ("2", "3"))
    }
    return try sum(shortcut, y)
  }
}

extension Zoo {
  /// GhostNet; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func ghostNet(
    width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet, input: Int? = nil,
    seed: Int = 0
  ) throws -> Graph {
    try graph(
      GhostNet(),
      ["width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed])
  }
}
