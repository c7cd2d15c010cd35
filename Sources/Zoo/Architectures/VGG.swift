import Datasets
import Graphs

/// Plain stacks of 3x3 convolutions, with batch normalisation.
///
/// Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image recognition", table 1, columns A,
/// B, D and E, with a normalisation behind each convolution, which keeps its bias, and torchvision's names and
/// initialisation. Images of another size than 224 give dense layers of another size, where torchvision resamples to 7 x 7.
///
/// The form for CIFAR is that of distillation benchmarks (Tian, Krishnan, Isola 2020, "Contrastive representation
/// distillation", whose VGG-8 has one convolution a stage and no form for ImageNet): pools behind the first three stages,
/// so that 4 x 4 pixels are left, and one dense layer on the means of the channels.
package struct VGG: Architecture {
  /// Layers with weights.
  package let depth: Int

  /// A network of 8, 11, 13, 16 or 19 layers.
  package init(depth: Int) {
    precondition(Self.layers[depth] != nil, "no network of \(depth) layers is in the paper's table")
    self.depth = depth
  }

  /// Convolutions of the five stages.
  private static let layers = [
    8: [1, 1, 1, 1, 1], 11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
  ]

  package var name: String { "vgg\(depth)_bn" }
  package var summary: String {
    "plain 3x3 convolutions, \(depth) layers, batch normalisation" + (depth == 8 ? ", for CIFAR images" : "")
  }
  package var paper: String? {
    depth == 8
      ? "after Tian, Krishnan, Isola 2020, Contrastive representation distillation"
      : "Simonyan, Zisserman 2015, Very deep convolutional networks for large-scale image recognition"
  }
  package var options: [ArchitectureOption] {
    depth == 8
      ? [.classes(), .input(32, cifar: nil), .width, .dropout(0), .seed]
      : [.imageNetClasses, .form, .input(), .width, .dropout(0.5, cifar: 0), .seed]
  }

  private func isForCIFAR(_ options: ArchitectureOptions) -> Bool { depth == 8 || options.form == .cifar }

  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    depth == 8 ? Preparation(height: options.input, width: options.input) : options.imagePreparation()
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)
    let isForCIFAR = isForCIFAR(options)

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    var place = 0
    for (stage, (channels, layers)) in zip([64, 128, 256, 512, 512], Self.layers[depth]!).enumerated() {
      for _ in 0..<layers {
        x = try builder.convolution(
          x, outputs: options.channels(channels), kernel: 3, bias: true, initializer: style.initializer,
          name: "features.\(place)")
        x = try builder.relu(builder.normalization(x, style, name: "features.\(place + 1)"))
        place += 3
      }
      if stage < 3 || !isForCIFAR { x = try builder.maxPool(x, kernel: 2) }
      place += 1
    }
    if isForCIFAR {
      try builder.classifier(
        x, classes: options.classes, dropout: options.number("dropout"), initializer: options.normal(0.01),
        name: "classifier")
      return try builder.build()
    }
    x = try builder.flattened(x)
    for name in ["classifier.0", "classifier.3"] {
      x = try builder.dense(x, outputs: options.channels(4096), initializer: options.normal(0.01), name: name)
      x = try builder.withDropout(builder.relu(x), ratio: options.number("dropout"))
    }
    x = try builder.dense(x, outputs: options.classes, initializer: options.normal(0.01), name: "classifier.6")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

extension Zoo {
  /// VGG with batch normalisation, of 8 (for CIFAR only), 11, 13, 16 or 19 layers; options left out have the paper's
  /// values.
  /// - Throws: as `graph(_:)`.
  public static func vgg(
    depth: Int, width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm? = nil,
    input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    let options: [String: (any CustomStringConvertible)?] = [
      "width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed,
    ]
    return try graph(ZooReference(name: "vgg\(depth)_bn", options: options.compactMapValues { $0?.description }))
  }
}
