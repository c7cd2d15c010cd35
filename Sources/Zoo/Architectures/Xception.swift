import Datasets
import Graphs

/// Residual blocks of depthwise separable convolutions: Inception taken to its end.
///
/// Chollet 2017, "Xception: deep learning with depthwise separable convolutions", figure 5. Nothing stands between a
/// depthwise and its pointwise convolution; images have 299 x 299 pixels and the stem pads nothing. Dropout of 0.5 as for
/// ImageNet in section 4.5. Pools are padded by one pixel on every side, TensorFlow's "same" only where the size is odd
/// (all sizes but 74 and 10 of 299 are).
///
/// In the form for CIFAR the stem and the first block have stride 1.
package struct Xception: Architecture {
  package let name = "xception"
  package let summary = "residual blocks of separable convolutions (3 x 299 x 299)"
  package let paper: String? = "Chollet 2017, Xception: deep learning with depthwise separable convolutions"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(299), .width, .dropout(0.5), .seed,
  ]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    options.imagePreparation(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)
    let early = options.earlyStride

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    let stem = [(channels: 32, stride: early), (channels: 64, stride: 1)]
    for (number, layer) in zip(1..., stem) {
      let convolution = ConvolutionLayer.convolution(
        options.channels(layer.channels), kernel: 3, stride: layer.stride, padding: 0)
      x = try builder.normalized(x, convolution, style, names: ("conv\(number)", "bn\(number)"))
    }
    // Entry flow.
    for (number, channels) in zip(1..., [128, 256, 728]) {
      let outputs = options.channels(channels)
      x = try builder.scope("block\(number)") {
        try builder.xceptionBlock(
          x, widths: [outputs, outputs], stride: number == 1 ? early : 2, beginsWithRelu: number > 1, style)
      }
    }
    // Middle flow.
    for number in 4...11 {
      let widths = [Int](repeating: options.channels(728), count: 3)
      x = try builder.scope("block\(number)") {
        try builder.xceptionBlock(x, widths: widths, stride: 1, beginsWithRelu: true, style)
      }
    }
    // Exit flow.
    x = try builder.scope("block12") {
      try builder.xceptionBlock(
        x, widths: [options.channels(728), options.channels(1024)], stride: 2, beginsWithRelu: true, style)
    }
    for (number, channels) in [(3, 1536), (4, 2048)] {
      x = try builder.relu(
        builder.bareSeparable(
          x, outputs: options.channels(channels), style, names: ("conv\(number)", "bn\(number)")))
    }
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), initializer: options.normal(0.01), name: "fc")
    return try builder.build()
  }
}

extension GraphBuilder {
  /// (relu ──) sep ── relu ── sep ── ... (── pool 3x3/2) ── + ; the shortcut is a strided 1x1 convolution with a
  /// normalisation where shapes differ.
  fileprivate func xceptionBlock(
    _ x: Value, widths: [Int], stride: Int, beginsWithRelu: Bool, _ style: LayerStyle
  ) throws -> Value {
    var y = x
    for (number, outputs) in zip(1..., widths) {
      if number > 1 || beginsWithRelu { y = try relu(y) }
      y = try bareSeparable(y, outputs: outputs, style, names: ("sep\(number)", "bn\(number)"))
    }
    if stride > 1 { y = try maxPool(y, kernel: 3, stride: stride, padding: 1) }
    let isIdentity = try stride == 1 && extent(of: x, axis: 1) == widths[widths.count - 1]
    if isIdentity { return try sum(y, x) }
    let shortcut = try normalized(
      x, .pointwise(widths[widths.count - 1], stride: stride), style, activates: false, names: ("skip", "skipbn"))
    return try sum(y, shortcut)
  }
}

extension Zoo {
  /// Xception; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func xception(
    width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet, input: Int? = nil,
    seed: Int = 0
  ) throws -> Graph {
    try graph(
      Xception(),
      ["width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed])
  }
}
