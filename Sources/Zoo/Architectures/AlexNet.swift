import Datasets
import Graphs

/// Five convolutions and three dense layers: where it began.
///
/// Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks", which is Krizhevsky, Sutskever,
/// Hinton 2012, "ImageNet classification with deep convolutional neural networks", without its two halves: torchvision's,
/// whose names these are. Departures: no local response normalisation, as there; all weights start by He's rule over
/// inputs and biases at 0 rather than with a deviation of 0.01 and some biases at 1. Images of another size than 224
/// give a first dense layer of another size.
///
/// In the form for CIFAR the stem is 11x11 with stride 1, and pools are padded by one pixel, which leaves 4 x 4.
package struct AlexNet: Architecture {
  package let name = "alexnet"
  package let summary = "five convolutions and three dense layers"
  package let paper: String? = "Krizhevsky 2014, One weird trick for parallelizing convolutional neural networks"
  package let options: [ArchitectureOption] = [.imageNetClasses, .form, .input(), .width, .dropout(0.5), .seed]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let isForCIFAR = options.form == .cifar
    let layers: [(place: Int, channels: Int, kernel: Int, isPooled: Bool)] = [
      (0, 64, 11, true), (3, 192, 5, true), (6, 384, 3, false), (8, 256, 3, false), (10, 256, 3, true),
    ]

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    for layer in layers {
      let isStrided = layer.place == 0 && !isForCIFAR
      x = try builder.convolution(
        x, outputs: options.channels(layer.channels), kernel: layer.kernel, stride: isStrided ? 4 : 1,
        padding: isStrided ? 2 : nil, bias: true, initializer: options.initializer, name: "features.\(layer.place)")
      x = try builder.relu(x)
      if layer.isPooled { x = try builder.maxPool(x, kernel: 3, stride: 2, padding: isForCIFAR ? 1 : 0) }
    }
    x = try builder.flattened(x)
    for name in ["classifier.1", "classifier.4"] {
      x = try builder.withDropout(x, ratio: options.number("dropout"))
      x = try builder.relu(
        builder.dense(x, outputs: options.channels(4096), initializer: options.initializer, name: name))
    }
    x = try builder.dense(x, outputs: options.classes, initializer: options.initializer, name: "classifier.6")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

extension Zoo {
  /// AlexNet; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func alexNet(
    width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet, input: Int? = nil,
    seed: Int = 0
  ) throws -> Graph {
    try graph(
      AlexNet(),
      ["width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed])
  }
}
