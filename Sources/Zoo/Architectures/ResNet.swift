import Datasets
import Graphs
import Tensors

/// Residual networks for ImageNet: basic blocks up to 34 layers, bottlenecks from 50 on.
///
/// He, Zhang, Ren, Sun 2016, "Deep residual learning for image recognition", table 1, with shortcuts of option B and, as
/// in torchvision, whose names these are, the stride of a bottleneck in its 3x3 convolution. `wide_resnet50_2` has
/// bottlenecks twice as wide inside (Zagoruyko and Komodakis 2016, "Wide residual networks", table 8).
///
/// In the form for CIFAR the stem is a 3x3 convolution of stride 1 and there is no pool behind it.
package struct ResNet: Architecture {
  /// Layers with weights.
  package let depth: Int
  /// How many times wider than usual bottlenecks are inside.
  package let widening: Int

  /// A network of 18, 34, 50, 101 or 152 layers.
  package init(depth: Int, widening: Int = 1) {
    precondition(Self.blocks[depth] != nil, "no residual network of \(depth) layers is in the paper's table")
    precondition(widening == 1 || depth >= 50, "only bottlenecks can be widened")
    self.depth = depth
    self.widening = widening
  }

  /// Blocks of the four stages.
  static let blocks = [
    18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3],
  ]

  package var name: String { widening == 1 ? "resnet\(depth)" : "wide_resnet\(depth)_\(widening)" }
  package var summary: String {
    "residual network of \(depth) layers for ImageNet" + (widening == 1 ? "" : ", \(widening) times as wide inside")
  }
  package let paper: String? = "He, Zhang, Ren, Sun 2016, Deep residual learning for image recognition"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(), .width, .zeroGamma, .dropout(0), .seed,
  ]

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)
    let isBottleneck = depth >= 50

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.normalized(x, Self.stem(options), style, names: ("conv1", "bn1"))
    if options.form == .imagenet { x = try builder.maxPool(x, kernel: 3, stride: 2, padding: 1) }
    for (stage, blocks) in Self.blocks[depth]!.enumerated() {
      let width = options.channels(64 << stage)
      for index in 0..<blocks {
        let block = ResidualBlock(
          width: width * widening, outputs: isBottleneck ? 4 * width : width,
          stride: stage > 0 && index == 0 ? 2 : 1, isBottleneck: isBottleneck,
          lastScale: options.flag("zero_gamma") ? 0 : 1)
        x = try builder.scope("layer\(stage + 1).\(index)") { try builder.residual(x, block, style) }
      }
    }
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), initializer: options.uniform(.input), name: "fc")
    return try builder.build()
  }

  /// The first convolution of a residual network in a form.
  static func stem(_ options: ArchitectureOptions) -> ConvolutionLayer {
    let channels = options.channels(64)
    return options.form == .imagenet ? .convolution(channels, kernel: 7, stride: 2) : .convolution(channels, kernel: 3)
  }
}

extension Zoo {
  /// A residual network of 18, 34, 50, 101 or 152 layers; options left out have the paper's values. `wideResNet` makes
  /// the one with wider bottlenecks.
  /// - Throws: as `graph(_:)`.
  public static func resNet(
    depth: Int, width: Double = 1, zeroGamma: Bool = false, dropout: Double? = nil, classes: Int? = nil,
    form: NetworkForm = .imagenet, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    guard ResNet.blocks[depth] != nil else {
      throw PareError(.usage, "no residual network for ImageNet has \(depth) layers; there are 18, 34, 50, 101 and 152")
    }
    return try graph(
      ResNet(depth: depth),
      [
        "width": width, "zero_gamma": zeroGamma, "dropout": dropout, "classes": classes, "form": form, "input": input,
        "seed": seed,
      ])
  }
}
