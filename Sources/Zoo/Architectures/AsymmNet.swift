import Datasets
import Graphs

/// MobileNetV3's rows with blocks that widen by fewer channels and reuse those that come in.
///
/// Yang et al. 2021, "AsymmNet: towards ultralight convolution neural networks using asymmetrical bottlenecks",
/// figure 2: a block widened to e with an asymmetry rate r computes e - r * inputs channels and puts r copies of its
/// input on either side of them, so that depthwise convolution and gate see e + r * inputs. Rate 0 is MobileNetV3's block.
/// Details from the authors' code: channels and gates are rounded up to multiples of 8, gates squeeze to a quarter of
/// what they see, the last pointwise convolution has neither bias nor normalisation, both sizes end with 1280 channels.
///
/// The published count of Large, 5.99 million, is that of a script that counts one side of each kernel: its rows add up
/// to 5,991,776 where the layers have 6,076,608 parameters. The multiply-accumulates are right.
///
/// Convolutions start by He's rule. `zero_gamma`, from the authors' training, is for the blocks with a shortcut: one
/// without would pass nothing on, and no gradient back. In the form for CIFAR the stem and the first block of stride 2
/// have stride 1.
package struct AsymmNet: Architecture {
  /// Which of the two.
  package let size: MobileNetV3.Size

  /// A network of a size.
  package init(_ size: MobileNetV3.Size) { self.size = size }

  package var name: String { "asymmnet_\(size.rawValue)" }
  package var summary: String { "inverted residuals that reuse their inputs, the \(size.rawValue) one" }
  package let paper: String? = "Yang et al. 2021, AsymmNet: towards ultralight CNNs using asymmetrical bottlenecks"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(),
    ArchitectureOption("width", default: 1, in: 0.05...16, help: "factor on all channel counts, rounded up to eights"),
    ArchitectureOption("rate", default: 1, in: 0...2, help: "how often a block's input stands on either side"),
    .zeroGamma, .dropout(0.2), .seed,
  ]

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options, activation: .hardSwish)
    func channels(_ count: Int) -> Int { Divisible.above(Double(count) * options.number("width"), 8) }
    let early = options.earlyStride
    let rows = size == .large ? MobileNetV3.large(early: early) : MobileNetV3.small(early: early)

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.normalized(
      x, .convolution(channels(16), kernel: 3, stride: early), style, name: "first_block")
    for (index, row) in rows.enumerated() {
      let block = AsymmetricBottleneck(
        expanded: channels(row.expanded), outputs: channels(row.channels), kernel: row.kernel, stride: row.stride,
        isGated: row.isGated, rate: options.integer("rate"), lastScale: options.flag("zero_gamma") ? 0 : 1)
      x = try builder.scope("asymm_block.\(index)") {
        try builder.asymmetricBottleneck(x, block, style.with(row.activation))
      }
    }
    x = try builder.normalized(x, .pointwise(channels(size == .large ? 960 : 576)), style, name: "last_block")
    x = try builder.convolution(builder.globalAveragePool(x), .pointwise(1280), style, name: "last_block.4")
    x = try builder.withDropout(builder.flattened(builder.hardSwish(x)), ratio: options.number("dropout"))
    x = try builder.dense(x, outputs: options.classes, initializer: options.normal(0.01), name: "output")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

/// A block of AsymmNet.
private struct AsymmetricBottleneck {
  /// Channels in the middle of MobileNetV3's block.
  var expanded: Int
  /// Channels that come out.
  var outputs: Int
  /// Rows and columns of the depthwise window.
  var kernel: Int
  /// Steps of the depthwise window.
  var stride: Int
  /// Whether there is a gate.
  var isGated: Bool
  /// How often the input stands on either side.
  var rate: Int
  /// The scale at which the last normalisation of a block with a shortcut starts; 1 in the others.
  var lastScale: Float
}

extension GraphBuilder {
  ///     x ──┬── 1x1 ── bn ── act ── concat ── depthwise ── bn ── act (── gate) ── 1x1 ── bn ── +
  ///         ├──────────────────────┘                                                          │
  ///         └─────────────────────────────────────────────────────────────────────────────────┘
  fileprivate func asymmetricBottleneck(
    _ x: Value, _ block: AsymmetricBottleneck, _ style: LayerStyle
  ) throws -> Value {
    let inputs = try extent(of: x, axis: 1)
    var y = x
    if block.expanded > max(inputs, block.rate * inputs) {
      y = try normalized(
        x, .pointwise(block.expanded - block.rate * inputs), style, names: ("expand.conv", "expand.bn"))
      let copies = [Value](repeating: x, count: block.rate)
      if block.rate > 0 { y = try concatenation(copies + [y] + copies) }
    }
    y = try normalized(
      y, .depthwise(block.kernel, stride: block.stride), style, names: ("dw_conv.conv", "dw_conv.bn"))
    if block.isGated {
      let squeezed = Divisible.above(Double(try extent(of: y, axis: 1) / 4), 8)
      y = try scope("se") {
        try excited(y, SqueezeExcitation(squeezed: squeezed), style, names: ("out.0", "out.2"))
      }
    }
    let hasShortcut = block.stride == 1 && inputs == block.outputs
    y = try convolution(y, .pointwise(block.outputs), style, name: "pw_conv_linear.conv")
    y = try normalization(y, style, scale: hasShortcut ? block.lastScale : 1, name: "pw_conv_linear.bn")
    return try hasShortcut ? sum(x, y) : y
  }
}

extension Zoo {
  /// AsymmNet Large; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func asymmNetLarge(
    width: Double = 1, rate: Int = 1, zeroGamma: Bool = false, dropout: Double? = nil, classes: Int? = nil,
    form: NetworkForm = .imagenet, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(
      AsymmNet(.large),
      [
        "width": width, "rate": rate, "zero_gamma": zeroGamma, "dropout": dropout, "classes": classes, "form": form,
        "input": input, "seed": seed,
      ])
  }

  /// AsymmNet Small; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func asymmNetSmall(
    width: Double = 1, rate: Int = 1, zeroGamma: Bool = false, dropout: Double? = nil, classes: Int? = nil,
    form: NetworkForm = .imagenet, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(
      AsymmNet(.small),
      [
        "width": width, "rate": rate, "zero_gamma": zeroGamma, "dropout": dropout, "classes": classes, "form": form,
        "input": input, "seed": seed,
      ])
  }
}
