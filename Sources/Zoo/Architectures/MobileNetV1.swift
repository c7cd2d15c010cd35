import Datasets
import Graphs

/// Depthwise and pointwise convolutions one behind the other, with two multipliers: of width, and of resolution (here
/// `input`).
///
/// Howard et al. 2017, "MobileNets: efficient convolutional neural networks for mobile vision applications", table 1.
/// Departures: ReLU6 as in the authors' code rather than ReLU, channels rounded to multiples of 8 there too, and the last
/// unit has stride 1 (the table's 2 contradicts its sizes). Convolutions start by He's rule; the paper says nothing.
///
/// In the form for CIFAR the stem and the unit of 128 channels have stride 1.
package struct MobileNetV1: Architecture {
  package let name = "mobilenet_v1"
  package let summary = "depthwise separable convolutions, with a multiplier of width"
  package let paper: String? = "Howard et al. 2017, MobileNets"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(), .width(toMultiplesOf: 8), .dropout(0), .seed,
  ]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options, activation: .relu6)
    let early = options.earlyStride
    let units: [(Int, Int)] =
      [(64, 1), (128, early), (128, 1), (256, 2), (256, 1), (512, 2)]
      + [(Int, Int)](repeating: (512, 1), count: 5) + [(1024, 2), (1024, 1)]

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.normalized(
      x, .convolution(options.channels(32, toMultipleOf: 8), kernel: 3, stride: early), style, name: "features.0")
    for (place, (channels, stride)) in zip(1..., units) {
      x = try builder.separable(
        x, outputs: options.channels(channels, toMultipleOf: 8), stride: stride, style, name: "features.\(place)")
    }
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), initializer: options.normal(0.01),
      name: "classifier")
    return try builder.build()
  }
}

extension Zoo {
  /// MobileNetV1; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func mobileNetV1(
    width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet, input: Int? = nil,
    seed: Int = 0
  ) throws -> Graph {
    try graph(
      MobileNetV1(),
      ["width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed])
  }
}
