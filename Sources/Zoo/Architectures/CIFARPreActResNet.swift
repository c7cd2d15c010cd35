import Datasets
import Graphs

/// Residual networks for images of 32 x 32 pixels with normalisation and ReLU in front of each convolution.
///
/// He, Zhang, Ren, Sun 2016, "Identity mappings in deep residual networks", section 5 and figure 4 (e): three stages of
/// 16, 32 and 64 channels, (depth - 2) / 6 basic blocks each, or from 164 layers on (depth - 2) / 9 bottlenecks of four
/// times the channels. Shortcuts are 1x1 convolutions where shapes differ. Convolutions start by He's rule. There is no
/// `zero_gamma`: a block's branch ends with a convolution.
package struct CIFARPreActResNet: Architecture {
  /// Layers with weights: 6n + 2, or 9n + 2 from 164 on.
  package let depth: Int

  /// A network of `depth` layers.
  package init(depth: Int) {
    precondition(depth >= 8 && depth % (depth >= 164 ? 9 : 6) == 2, "a depth of \(depth) is not 6n + 2 or 9n + 2")
    self.depth = depth
  }

  package var name: String { "preact_resnet\(depth)" }
  package var summary: String { "residual network of \(depth) layers for CIFAR images, activations in front" }
  package let paper: String? = "He, Zhang, Ren, Sun 2016, Identity mappings in deep residual networks"
  package let options: [ArchitectureOption] = [.classes(), .input(32, cifar: nil), .width, .seed]

  /// Means and deviations are left open, as those of the other networks for CIFAR.
  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    Preparation(height: options.input, width: options.input)
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)
    let isBottleneck = depth >= 164

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.convolution(x, .convolution(options.channels(16), kernel: 3), style, name: "conv1")
    for stage in 0..<3 {
      let width = options.channels(16) << stage
      for index in 0..<(depth - 2) / (isBottleneck ? 9 : 6) {
        let block = ResidualBlock(
          width: width, outputs: isBottleneck ? 4 * width : width, stride: stage > 0 && index == 0 ? 2 : 1,
          isBottleneck: isBottleneck)
        x = try builder.scope("layer\(stage + 1).\(index)") {
          try builder.preactivatedResidual(x, block, style, shortcutName: "shortcut.0")
        }
      }
    }
    x = try builder.relu(builder.normalization(x, style, name: "bn"))
    try builder.classifier(x, classes: options.classes, initializer: options.uniform(.input), name: "linear")
    return try builder.build()
  }
}
