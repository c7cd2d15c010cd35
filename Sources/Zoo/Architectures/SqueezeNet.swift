import Datasets
import Graphs

/// Fire modules without a dense layer: AlexNet's accuracy with a fiftieth of its parameters.
///
/// Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer 2016, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters",
/// table 1; version 1.1 from the authors' repository, which pools earlier and has a stem of 64 3x3 filters. The design
/// space of section 5.1 is open: module i of eight has e = 128 + 128 * (i / 2) filters in its wide layer, a share
/// `spatial` of them 3x3, and `squeeze` * e in its narrow one. Bypasses are those of figure 2: simple ones around modules
/// whose ends are alike, complex ones with a 1x1 convolution around the others too.
///
/// In the form for CIFAR only the stem has stride 1: the network halves the image four times in all, so that leaves
/// 4 x 4 pixels of 32 x 32. Weights start by He's rule over inputs rather than Caffe's "xavier", as torchvision's do
/// (uniform there, normal here), the last layer's with a deviation of 0.01. Names are torchvision's.
package struct SqueezeNet: Architecture {
  /// Where the paper's table and the later version differ.
  package enum Version: String, Sendable, CaseIterable {
    /// Table 1.
    case original = "1_0"
    /// The lighter one.
    case lighter = "1_1"
  }

  /// Which of the two.
  package let version: Version

  /// A network of a version.
  package init(_ version: Version) { self.version = version }

  package var name: String { "squeezenet\(version.rawValue)" }
  package var summary: String {
    version == .original ? "fire modules, no dense layer" : "fire modules, less than half of 1.0's work"
  }
  package let paper: String? = "Iandola et al. 2016, SqueezeNet: AlexNet-level accuracy with 50x fewer parameters"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(), .width,
    ArchitectureOption(
      "squeeze", default: 0.125, in: 0.01...1, help: "filters of a module's narrow layer per filter of the wide one"),
    ArchitectureOption(
      "spatial", default: 0.5, in: 0.01...0.99, help: "share of the wide layer's filters that are 3x3"),
    ArchitectureOption("bypass", default: FireBypass.none, help: "paths around modules"),
    .dropout(0.5), .seed,
  ]

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  /// What stands at each place of `features` behind the stem: a pool (nil) or the number of a module.
  private var plan: [Int?] {
    switch version {
    case .original: [nil, 0, 1, 2, nil, 3, 4, 5, 6, nil, 7]
    case .lighter: [nil, 0, 1, nil, 2, 3, nil, 4, 5, 6, 7]
    }
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let (outputs, kernel) = version == .original ? (96, 7) : (64, 3)

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.convolution(
      x, outputs: options.channels(outputs), kernel: kernel, stride: options.earlyStride,
      padding: options.form == .cifar ? kernel / 2 : 0, bias: true, initializer: options.initializer,
      name: "features.0")
    x = try builder.relu(x)
    for (place, number) in zip(2..., plan) {
      guard let number else {
        x = try builder.maxPool(x, kernel: 3, stride: 2, ceilMode: true)
        continue
      }
      x = try builder.scope("features.\(place)") { try module(number, x, options, builder) }
    }
    x = try builder.withDropout(x, ratio: options.number("dropout"))
    x = try builder.convolution(
      x, outputs: options.classes, kernel: 1, bias: true, initializer: options.normal(0.01), name: "classifier.1")
    x = try builder.flattened(builder.globalAveragePool(builder.relu(x)))
    try builder.output(x, as: "logits")
    return try builder.build()
  }

  private func module(
    _ number: Int, _ x: Value, _ options: ArchitectureOptions, _ builder: GraphBuilder
  ) throws -> Value {
    let wide = options.channels(128 + 128 * (number / 2))
    let spatial = max(1, min(wide - 1, Int((Double(wide) * options.number("spatial")).rounded())))
    let squeezed = max(1, Int((Double(wide) * options.number("squeeze")).rounded()))
    let y = try builder.fire(
      x, FireModule(squeezed: squeezed, pointwise: wide - spatial, spatial: spatial), initializer: options.initializer)
    let bypass = FireBypass(rawValue: options.choice("bypass"))!
    if bypass == .none { return y }
    if try builder.extent(of: x, axis: 1) == wide { return try builder.sum(x, y) }
    guard bypass == .complex else { return y }
    let path = try builder.convolution(
      x, outputs: wide, kernel: 1, bias: true, initializer: options.initializer, name: "bypass")
    return try builder.sum(path, y)
  }
}

extension Zoo {
  /// SqueezeNet 1.0 or 1.1; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func squeezeNet(
    lighter: Bool = false, width: Double = 1, squeeze: Double = 0.125, spatial: Double = 0.5,
    bypass: FireBypass = .none, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet,
    input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(
      SqueezeNet(lighter ? .lighter : .original),
      [
        "width": width, "squeeze": squeeze, "spatial": spatial, "bypass": bypass, "dropout": dropout,
        "classes": classes, "form": form, "input": input, "seed": seed,
      ])
  }
}
