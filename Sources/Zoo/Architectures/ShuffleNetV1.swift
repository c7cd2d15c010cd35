import Datasets
import Graphs

/// Pointwise convolutions in groups, with a shuffle of channels so that groups learn of each other.
///
/// Zhang, Zhou, Lin, Sun 2018, "ShuffleNet: an extremely efficient convolutional neural network for mobile devices",
/// table 1. The first pointwise convolution is not in groups; units of stride 2 concatenate a pooled copy of their input;
/// nothing stands between the depthwise and the last convolution; the dense layer has no bias (the authors' code, which
/// the paper's counts fit). Convolutions start by He's rule.
///
/// Where a quarter of `scale` times a count does not split into groups, the nearest count that does is taken (of two,
/// the larger), and for the stem the next above. With 1, 3 and 8 groups the stages have `scale` times the table's
/// channels at scales 0.25, 0.5, 1, 1.5 and 2; with 2 and 4 groups at 1 and 2 only: at scale 0.5 two groups give 104,
/// 200 and 400 channels rather than 100, 200 and 400, four give 144, 272 and 544 rather than 136, 272 and 544. The stem
/// has `scale` times 24 channels, at most 7 more; the authors' 1.5 keeps 24.
///
/// In the form for CIFAR the stem has stride 1 and there is no pool behind it.
package struct ShuffleNetV1: Architecture {
  package let name = "shufflenet_v1"
  package let summary = "pointwise convolutions in groups, channels shuffled between them"
  package let paper: String? = "Zhang et al. 2018, ShuffleNet"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(),
    ArchitectureOption("groups", default: 3, oneOf: [1, 2, 3, 4, 8], help: "groups of the pointwise convolutions"),
    ArchitectureOption("scale", default: 1, in: 0.1...4, help: "factor on all channel counts"),
    .dropout(0), .seed,
  ]

  /// Channels behind the first stage by groups; they double from stage to stage.
  private static let channels = [1: 144, 2: 200, 3: 240, 4: 272, 8: 384]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)
    let (groups, scale) = (options.integer("groups"), options.number("scale"))

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.normalized(
      x, .convolution(Divisible.above(24 * scale, groups), kernel: 3, stride: options.earlyStride), style,
      name: "first_conv")
    if options.form == .imagenet { x = try builder.maxPool(x, kernel: 3, stride: 2, padding: 1) }
    var place = 0
    for (stage, units) in [4, 8, 4].enumerated() {
      let wanted = Double(Self.channels[groups]! << stage) * scale
      // A quarter of the channels must split into groups, too.
      let outputs = max(1, Int((wanted / Double(4 * groups)).rounded())) * 4 * groups
      for index in 0..<units {
        x = try builder.scope("features.\(place)") {
          try builder.shuffleUnit(
            x, outputs: outputs, stride: index == 0 ? 2 : 1, groups: (place == 0 ? 1 : groups, groups), style)
        }
        place += 1
      }
    }
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), bias: false, initializer: options.normal(0.01),
      name: "classifier.0")
    return try builder.build()
  }
}

extension GraphBuilder {
  /// Figure 2 (b) of the paper, and (c) where the stride is 2:
  ///
  ///     x ──┬── 1x1 in groups ── bn ── relu ── shuffle ── depthwise ── bn ── 1x1 in groups ── bn ── + ── relu
  ///         └──────────────────────────────────────────────────────────────────────────────────┘
  ///     x ──┬── the same, strided ── relu ──── concat
  ///         └── average pool 3x3/2 ───────────┘
  fileprivate func shuffleUnit(
    _ x: Value, outputs: Int, stride: Int, groups: (first: Int, last: Int), _ style: LayerStyle
  ) throws -> Value {
    let added = try stride > 1 ? outputs - extent(of: x, axis: 1) : outputs
    var y = try normalized(x, .pointwise(outputs / 4, groups: groups.first), style, name: "gconv1")
    if groups.last > 1 { y = try channelsShuffled(y, groups: groups.last) }
    y = try normalized(y, .depthwise(3, stride: stride), style, activates: false, name: "depthwise")
    y = try normalized(y, .pointwise(added, groups: groups.last), style, activates: false, name: "gconv2")
    if stride == 1 { return try relu(sum(x, y)) }
    let pooled = try averagePool(x, kernel: 3, stride: stride, padding: 1, countsPadding: true)
    return try concatenation([pooled, relu(y)])
  }
}

extension Zoo {
  /// ShuffleNet V1; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func shuffleNetV1(
    groups: Int = 3, scale: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet,
    input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(
      ShuffleNetV1(),
      [
        "groups": groups, "scale": scale, "dropout": dropout, "classes": classes, "form": form, "input": input,
        "seed": seed,
      ])
  }
}
