import Datasets
import Graphs

/// Residual networks for ImageNet with normalisation and ReLU in front of each convolution.
///
/// He, Zhang, Ren, Sun 2016, "Identity mappings in deep residual networks", figure 4 (e), in the stages of the first
/// paper's table 1. The stem is a convolution without normalisation, all blocks begin with one, and one more stands
/// behind the last sum. Convolutions start by He's rule. There is no `zero_gamma`: a block's branch ends with a
/// convolution, not with a normalisation.
///
/// In the form for CIFAR the stem is a 3x3 convolution of stride 1 and there is no pool behind it.
package struct PreActResNet: Architecture {
  /// Layers with weights.
  package let depth: Int

  /// A network of 18, 34, 50, 101 or 152 layers.
  package init(depth: Int) {
    precondition(ResNet.blocks[depth] != nil, "no residual network of \(depth) layers is in the paper's table")
    self.depth = depth
  }

  package var name: String { "preact_resnet\(depth)" }
  package var summary: String { "residual network of \(depth) layers for ImageNet, activations in front" }
  package let paper: String? = "He, Zhang, Ren, Sun 2016, Identity mappings in deep residual networks"
  package let options: [ArchitectureOption] = [.imageNetClasses, .form, .input(), .width, .dropout(0), .seed]

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)
    let isBottleneck = depth >= 50

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.convolution(x, ResNet.stem(options), style, name: "conv1")
    if options.form == .imagenet { x = try builder.maxPool(x, kernel: 3, stride: 2, padding: 1) }
    for (stage, blocks) in ResNet.blocks[depth]!.enumerated() {
      let width = options.channels(64 << stage)
      for index in 0..<blocks {
        let block = ResidualBlock(
          width: width, outputs: isBottleneck ? 4 * width : width, stride: stage > 0 && index == 0 ? 2 : 1,
          isBottleneck: isBottleneck)
        x = try builder.scope("layer\(stage + 1).\(index)") {
          try builder.preactivatedResidual(x, block, style, shortcutName: "shortcut.0")
        }
      }
    }
    x = try builder.relu(builder.normalization(x, style, name: "bn"))
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), initializer: options.uniform(.input),
      name: "linear")
    return try builder.build()
  }
}

extension Zoo {
  /// A residual network with activations in front, of 18, 34 or 50 layers for ImageNet, or of 20, 56, 110 or 164 for
  /// CIFAR (which has no other form and no dropout); options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func preActResNet(
    depth: Int, width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm? = nil,
    input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    let options: [String: (any CustomStringConvertible)?] = [
      "width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed,
    ]
    return try graph(
      ZooReference(name: "preact_resnet\(depth)", options: options.compactMapValues { $0?.description }))
  }
}
