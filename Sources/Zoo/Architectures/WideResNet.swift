import Datasets
import Graphs

/// Residual networks for images of 32 x 32 pixels that are wide rather than deep.
///
/// Zagoruyko and Komodakis 2016, "Wide residual networks", table 1: three stages of 16k, 32k and 64k channels,
/// (depth - 4) / 6 blocks with activations in front each; dropout between a block's convolutions (section 2.4: 0.3 for
/// CIFAR, none by default). Names are those of the usual PyTorch version; convolutions start by He's rule. There is no
/// `zero_gamma`: a block's branch ends with a convolution.
package struct WideResNet: Architecture {
  /// Layers with weights, 6n + 4.
  package let depth: Int
  /// The factor k.
  package let widening: Int

  /// A network of `depth` layers, `widening` times as wide as a plain one.
  package init(depth: Int, widening: Int) {
    precondition(depth >= 10 && depth % 6 == 4, "a depth of \(depth) is not 6n + 4")
    self.depth = depth
    self.widening = widening
  }

  package var name: String { "wide_resnet\(depth)_\(widening)" }
  package var summary: String { "wide residual network of \(depth) layers, factor \(widening), for CIFAR images" }
  package let paper: String? = "Zagoruyko, Komodakis 2016, Wide residual networks"
  package let options: [ArchitectureOption] = [.classes(), .input(32, cifar: nil), .width, .dropout(0), .seed]

  /// Means and deviations are left open, as those of the other networks for CIFAR.
  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    Preparation(height: options.input, width: options.input)
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.convolution(x, .convolution(options.channels(16), kernel: 3), style, name: "conv1")
    for stage in 0..<3 {
      let width = options.channels(16 * widening) << stage
      for index in 0..<(depth - 4) / 6 {
        let block = ResidualBlock(
          width: width, outputs: width, stride: stage > 0 && index == 0 ? 2 : 1, dropout: options.number("dropout"))
        x = try builder.scope("block\(stage + 1).layer.\(index)") {
          try builder.preactivatedResidual(x, block, style, shortcutName: "convShortcut")
        }
      }
    }
    x = try builder.relu(builder.normalization(x, style, name: "bn1"))
    try builder.classifier(x, classes: options.classes, initializer: options.uniform(.input), name: "fc")
    return try builder.build()
  }
}

extension Zoo {
  /// A wide residual network for CIFAR: 16 or 40 layers with factors 2 and 4 or 1 and 2, or 28 layers with factor 10;
  /// or the one for ImageNet, of 50 layers with factor 2, which alone has a form and `zeroGamma`. Options left out have
  /// the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func wideResNet(
    depth: Int, widening: Int, width: Double = 1, zeroGamma: Bool? = nil, dropout: Double = 0, classes: Int? = nil,
    form: NetworkForm? = nil, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    let options: [String: (any CustomStringConvertible)?] = [
      "width": width, "zero_gamma": zeroGamma, "dropout": dropout, "classes": classes, "form": form, "input": input,
      "seed": seed,
    ]
    return try graph(
      ZooReference(
        name: "wide_resnet\(depth)_\(widening)", options: options.compactMapValues { $0?.description }))
  }
}
