import Datasets
import Graphs

/// Inverted residuals with gates and hard swish, found by search.
///
/// Howard et al. 2019, "Searching for MobileNetV3", tables 1 and 2, in the paper's second version (the first had other
/// channels in one block and a larger Small). Gates squeeze to a quarter of the widened channels and have biases; the
/// dense layer of 1280 (1024) has a bias and no normalisation. Normalisations have momentum 0.99 (section 6.1.1) and
/// epsilon 0.001. Initialisation and names are torchvision's, but depthwise weights count the inputs of one output; there
/// `width` also scales the dense layer.
///
/// In the form for CIFAR the stem and the first block of stride 2 have stride 1.
package struct MobileNetV3: Architecture {
  /// Which of the two tables.
  package enum Size: String, Sendable, CaseIterable {
    /// Table 1.
    case large
    /// Table 2.
    case small
  }

  /// A row of the tables: kernel, widened channels, channels, gate, activation, stride.
  typealias Row = (kernel: Int, expanded: Int, channels: Int, isGated: Bool, activation: Activation, stride: Int)

  /// Which of the two tables.
  package let size: Size

  /// A network of a size.
  package init(_ size: Size) { self.size = size }

  package var name: String { "mobilenet_v3_\(size.rawValue)" }
  package var summary: String { "inverted residuals with gates and hard swish, the \(size.rawValue) one" }
  package let paper: String? = "Howard et al. 2019, Searching for MobileNetV3"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(), .width(toMultiplesOf: 8), .dropout(0.2), .seed,
  ]

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  /// The rows of table 1.
  static func large(early: Int) -> [Row] {
    [
      (3, 16, 16, false, .relu, 1),
      (3, 64, 24, false, .relu, early), (3, 72, 24, false, .relu, 1),
      (5, 72, 40, true, .relu, 2), (5, 120, 40, true, .relu, 1), (5, 120, 40, true, .relu, 1),
      (3, 240, 80, false, .hardSwish, 2), (3, 200, 80, false, .hardSwish, 1), (3, 184, 80, false, .hardSwish, 1),
      (3, 184, 80, false, .hardSwish, 1),
      (3, 480, 112, true, .hardSwish, 1), (3, 672, 112, true, .hardSwish, 1),
      (5, 672, 160, true, .hardSwish, 2), (5, 960, 160, true, .hardSwish, 1), (5, 960, 160, true, .hardSwish, 1),
    ]
  }

  /// The rows of table 2.
  static func small(early: Int) -> [Row] {
    [
      (3, 16, 16, true, .relu, early),
      (3, 72, 24, false, .relu, 2), (3, 88, 24, false, .relu, 1),
      (5, 96, 40, true, .hardSwish, 2), (5, 240, 40, true, .hardSwish, 1), (5, 240, 40, true, .hardSwish, 1),
      (5, 120, 48, true, .hardSwish, 1), (5, 144, 48, true, .hardSwish, 1),
      (5, 288, 96, true, .hardSwish, 2), (5, 576, 96, true, .hardSwish, 1), (5, 576, 96, true, .hardSwish, 1),
    ]
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    var style = LayerStyle(options, activation: .hardSwish)
    (style.epsilon, style.momentum) = (1e-3, 0.99)
    func channels(_ count: Int) -> Int { options.channels(count, toMultipleOf: 8) }
    let early = options.earlyStride
    let rows = size == .large ? Self.large(early: early) : Self.small(early: early)

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.normalized(
      x, .convolution(channels(16), kernel: 3, stride: early), style, name: "features.0")
    for (place, row) in zip(1..., rows) {
      let expanded = channels(row.expanded)
      let excitation = SqueezeExcitation(squeezed: Divisible.nearest(to: Double(expanded / 4), 8))
      let block = InvertedResidual(
        expanded: expanded, outputs: channels(row.channels), kernel: row.kernel, stride: row.stride,
        excitation: row.isGated ? excitation : nil)
      x = try builder.scope("features.\(place)") {
        try builder.invertedResidual(x, block, style.with(row.activation))
      }
    }
    let last = try 6 * builder.extent(of: x, axis: 1)
    x = try builder.normalized(x, .pointwise(last), style, name: "features.\(rows.count + 1)")

    x = try builder.flattened(builder.globalAveragePool(x))
    x = try builder.dense(
      x, outputs: channels(size == .large ? 1280 : 1024), initializer: options.normal(0.01), name: "classifier.0")
    x = try builder.withDropout(builder.hardSwish(x), ratio: options.number("dropout"))
    x = try builder.dense(
      x, outputs: options.classes, initializer: options.normal(0.01), name: "classifier.3")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

extension Zoo {
  /// MobileNetV3 Large; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func mobileNetV3Large(
    width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet, input: Int? = nil,
    seed: Int = 0
  ) throws -> Graph {
    try graph(
      MobileNetV3(.large),
      ["width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed])
  }

  /// MobileNetV3 Small; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func mobileNetV3Small(
    width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet, input: Int? = nil,
    seed: Int = 0
  ) throws -> Graph {
    try graph(
      MobileNetV3(.small),
      ["width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed])
  }
}
