import Datasets
import Graphs

/// Inverted residuals with linear bottlenecks.
///
/// Sandler, Howard, Zhu, Zhmoginov, Chen 2018, "MobileNetV2: inverted residuals and linear bottlenecks", table 2. The
/// block with expansion 1 has no widening layer; the last layer is never narrower than 1280; `linear=false` puts ReLU6
/// behind the bottlenecks (section 6.4). Initialisation and names are torchvision's, but depthwise weights count the
/// inputs of one output.
///
/// In the form for CIFAR the stem and the first block of 24 channels have stride 1.
package struct MobileNetV2: Architecture {
  package let name = "mobilenet_v2"
  package let summary = "inverted residuals with linear bottlenecks"
  package let paper: String? = "Sandler et al. 2018, MobileNetV2: inverted residuals and linear bottlenecks"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(), .width(toMultiplesOf: 8),
    ArchitectureOption("linear", default: true, help: "bottlenecks without an activation"), .dropout(0.2), .seed,
  ]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options, activation: .relu6)
    let early = options.earlyStride
    let stages: [(expansion: Int, channels: Int, blocks: Int, stride: Int)] = [
      (1, 16, 1, 1), (6, 24, 2, early), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.normalized(
      x, .convolution(options.channels(32, toMultipleOf: 8), kernel: 3, stride: early), style, name: "features.0")
    var place = 1
    for stage in stages {
      for index in 0..<stage.blocks {
        let block = InvertedResidual(
          expanded: try builder.extent(of: x, axis: 1) * stage.expansion,
          outputs: options.channels(stage.channels, toMultipleOf: 8), stride: index == 0 ? stage.stride : 1,
          isLinear: options.flag("linear"), names: .mobileNetV2)
        x = try builder.scope("features.\(place)") { try builder.invertedResidual(x, block, style) }
        place += 1
      }
    }
    let last = Divisible.nearest(to: 1280 * max(1, options.number("width")), 8)
    x = try builder.normalized(x, .pointwise(last), style, name: "features.\(place)")
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), initializer: options.normal(0.01),
      name: "classifier.1")
    return try builder.build()
  }
}

extension Zoo {
  /// MobileNetV2; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func mobileNetV2(
    width: Double = 1, linear: Bool = true, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet,
    input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(
      MobileNetV2(),
      [
        "width": width, "linear": linear, "dropout": dropout, "classes": classes, "form": form, "input": input,
        "seed": seed,
      ])
  }
}
