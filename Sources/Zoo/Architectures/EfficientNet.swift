import Datasets
import Foundation
import Graphs

/// Gated inverted residuals, scaled in depth, width and resolution together.
///
/// Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural networks", table 1 scaled by
/// `CompoundScaling`. Gates squeeze to a quarter of the channels that come into the block (not of the widened ones) and
/// have biases. Convolutions are padded symmetrically, as torchvision's are, whose initialisation and names these are;
/// `padding=same` is the original's form. Branches are dropped in training with up to 0.2, rising linearly with the
/// block as `LinearSurvival` says. Departures: depthwise weights count the inputs of one output; normalisations have
/// torchvision's epsilon of 1e-5 and momentum of 0.9 with either padding, where the original has 0.001 and 0.99, so
/// that the original's weights do not give its outputs exactly.
///
/// In the form for CIFAR the stem and the first block of 24 channels have stride 1, and no branch is dropped unless asked
/// for.
package struct EfficientNet: Architecture {
  /// The number behind the B.
  package let number: Int

  /// B0 to B4.
  package init(_ number: Int) {
    precondition(CompoundScaling.published.indices.contains(number), "there is no EfficientNet B\(number)")
    self.number = number
  }

  private var scaling: CompoundScaling { CompoundScaling.published[number] }

  package var name: String { "efficientnet_b\(number)" }
  package var summary: String {
    number == 0
      ? "gated inverted residuals, the base of compound scaling"
      : "B0 with \(scaling.depth) times the depth and \(scaling.width) times the width"
  }
  package let paper: String? = "Tan, Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks"

  package var options: [ArchitectureOption] {
    var options: [ArchitectureOption] = [
      .imageNetClasses, .form, .input(scaling.resolution), .width(toMultiplesOf: 8),
      ArchitectureOption("depth", default: 1, in: 0.1...16, help: "factor on the number of blocks, rounded up"),
      ArchitectureOption("padding", default: WindowPadding.symmetric, help: "same: TensorFlow's, as the original"),
      .dropout(scaling.dropout), .stochasticDepth(0.2, cifar: 0), .seed,
    ]
    if number == 0 {
      options.append(
        ArchitectureOption(
          "phi", default: 0, in: -4.0...8, help: "compound coefficient: depth 1.2^phi, width 1.1^phi, input 1.15^phi"))
    }
    return options
  }

  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    options.imagePreparation(size: inputSize(options), interpolation: .bicubic)
  }

  /// The compound coefficient's scaling; none for B1 to B4.
  private func compound(_ options: ArchitectureOptions) -> CompoundScaling {
    CompoundScaling(coefficient: number == 0 ? options.number("phi") : 0, base: options.input)
  }

  /// The image's size: what the option says, otherwise what the coefficient makes of the default.
  private func inputSize(_ options: ArchitectureOptions) -> Int {
    options.isGiven("input") ? options.input : compound(options).resolution
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    var style = LayerStyle(options, activation: .swish)
    style.padding = WindowPadding(rawValue: options.choice("padding"))!
    let compound = compound(options)
    let width = scaling.width * compound.width * options.number("width")
    let depth = scaling.depth * compound.depth * options.number("depth")
    func channels(_ count: Int) -> Int { Divisible.nearest(to: Double(count) * width, 8) }
    let (size, early) = (inputSize(options), options.earlyStride)
    let stages: [(expansion: Int, kernel: Int, stride: Int, channels: Int, blocks: Int)] = [
      (1, 3, 1, 16, 1), (6, 3, early, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
      (6, 3, 1, 320, 1),
    ]

    func repeats(_ blocks: Int) -> Int { Int((Double(blocks) * depth).rounded(.up)) }
    let survival = LinearSurvival(
      lastDropped: options.number("stochastic_depth"), blocks: stages.reduce(0) { $0 + repeats($1.blocks) })
    var number = 0

    var x = builder.imageInput(channels: 3, height: size, width: size)
    x = try builder.normalized(
      x, .convolution(channels(32), kernel: 3, stride: early), style, name: "features.0")
    for (place, stage) in zip(1..., stages) {
      for index in 0..<repeats(stage.blocks) {
        number += 1
        let inputs = try builder.extent(of: x, axis: 1)
        let block = InvertedResidual(
          expanded: Divisible.nearest(to: Double(inputs * stage.expansion), 8), outputs: channels(stage.channels),
          kernel: stage.kernel, stride: index == 0 ? stage.stride : 1,
          excitation: SqueezeExcitation(squeezed: max(1, inputs / 4), activation: .swish, gate: .sigmoid),
          dropped: survival.dropped(block: number))
        x = try builder.scope("features.\(place).\(index)") { try builder.invertedResidual(x, block, style) }
      }
    }
    let last = try 4 * builder.extent(of: x, axis: 1)
    x = try builder.normalized(x, .pointwise(last), style, name: "features.8")
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), initializer: options.uniform(.output),
      name: "classifier.1")
    return try builder.build()
  }
}

/// How an EfficientNet grows from B0.
///
/// With a coefficient phi the paper's equation 3 gives depth 1.2^phi, width 1.1^phi and resolution 1.15^phi, so that work
/// grows by about 2^phi. B1 to B4 have rounded values of their own (the authors' code): B4 is 1.8, 1.4 and 380 pixels.
package struct CompoundScaling: Sendable, Equatable {
  /// Factor on the number of blocks of a stage.
  package var depth: Double
  /// Factor on channels.
  package var width: Double
  /// Rows and columns of the image.
  package var resolution: Int
  /// Share of values in front of the classifier set to 0 in training.
  package var dropout = 0.2

  /// The published networks B0 to B4.
  package static let published = [
    CompoundScaling(depth: 1, width: 1, resolution: 224), CompoundScaling(depth: 1.1, width: 1, resolution: 240),
    CompoundScaling(depth: 1.2, width: 1.1, resolution: 260, dropout: 0.3),
    CompoundScaling(depth: 1.4, width: 1.2, resolution: 300, dropout: 0.3),
    CompoundScaling(depth: 1.8, width: 1.4, resolution: 380, dropout: 0.4),
  ]

  private init(depth: Double, width: Double, resolution: Int, dropout: Double = 0.2) {
    (self.depth, self.width, self.resolution, self.dropout) = (depth, width, resolution, dropout)
  }

  /// The rule: alpha = 1.2, beta = 1.1, gamma = 1.15 to the power of a coefficient; the image's size rounded.
  package init(coefficient: Double, base resolution: Int = 224) {
    depth = pow(1.2, coefficient)
    width = pow(1.1, coefficient)
    self.resolution = max(8, Int((Double(resolution) * pow(1.15, coefficient)).rounded()))
  }
}

extension Zoo {
  /// EfficientNet B0 to B4, or B0 scaled by a compound coefficient; options left out have the paper's values.
  /// - Throws: as `graph(_:)`; `PareError.usage` for a coefficient with another network than B0.
  public static func efficientNet(
    b number: Int = 0, coefficient: Double? = nil, width: Double = 1, depth: Double = 1,
    padding: WindowPadding = .symmetric, dropout: Double? = nil, stochasticDepth: Double? = nil, classes: Int? = nil,
    form: NetworkForm = .imagenet, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    let options: [String: (any CustomStringConvertible)?] = [
      "phi": coefficient, "width": width, "depth": depth, "padding": padding, "dropout": dropout,
      "stochastic_depth": stochasticDepth, "classes": classes, "form": form, "input": input, "seed": seed,
    ]
    return try graph(
      ZooReference(name: "efficientnet_b\(number)", options: options.compactMapValues { $0?.description }))
  }
}
