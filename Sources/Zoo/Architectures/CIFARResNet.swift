import Datasets
import Graphs

/// A residual network for images of 32 x 32 pixels: three stages of 16, 32 and 64 channels with as many blocks each,
/// (depth - 2) / 6 of them.
///
/// He, Zhang, Ren, Sun 2016, "Deep residual learning for image recognition", section 4.2, with shortcuts of option A:
/// where a stage halves the image, the shortcut takes every second pixel and adds zero channels, so it has no
/// weights. As in the implementations that are compared with, half of the zero channels stand in front of the others
/// and half behind. `shortcut=b` has 1x1 convolutions with a normalisation there instead. `stochastic_depth=0.5` is
/// what Huang et al. 2016 train 110 layers with. Images may have another size, since the dense layer reads means of
/// channels.
///
/// All weights, the dense layer's too, start by He's rule over inputs, as in those implementations (the paper names He
/// et al. 2015 only); biases start at 0.
package struct CIFARResNet: Architecture {
  /// Layers with weights, 6n + 2.
  package let depth: Int

  /// A network of `depth` layers.
  package init(depth: Int) {
    precondition(depth >= 8 && depth % 6 == 2, "a depth of \(depth) is not 6n + 2")
    self.depth = depth
  }

  package var name: String { "resnet\(depth)" }
  package var summary: String { "residual network of \(depth) layers for CIFAR images (3 x 32 x 32)" }
  package let paper: String? = "He, Zhang, Ren, Sun 2016, Deep residual learning for image recognition, section 4.2"
  package let options: [ArchitectureOption] = [
    .classes(), .input(32, cifar: nil), .width,
    ArchitectureOption("shortcut", default: ResidualShortcut.a, help: "a: zero channels, b: 1x1 convolutions"),
    .zeroGamma, .stochasticDepth(0), .seed,
  ]

  /// Means and deviations are left open: trainers use ImageNet's as well as CIFAR's.
  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    Preparation(height: options.input, width: options.input)
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let initializer = options.initializer
    let shortcut = ResidualShortcut(rawValue: options.choice("shortcut"))!
    let blocks = (depth - 2) / 6
    let survival = LinearSurvival(lastDropped: options.number("stochastic_depth"), blocks: 3 * blocks)

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.convolution(x, outputs: options.channels(16), kernel: 3, initializer: initializer, name: "conv1")
    x = try builder.relu(builder.batchNormalization(x, name: "bn1"))
    for stage in 1...3 {
      for index in 0..<blocks {
        let block = CIFARBlock(
          outputs: options.channels(16) << (stage - 1), stride: stage > 1 && index == 0 ? 2 : 1, shortcut: shortcut,
          lastScale: options.flag("zero_gamma") ? 0 : 1,
          dropped: survival.dropped(block: (stage - 1) * blocks + index + 1))
        x = try builder.scope("layer\(stage).\(index)") { try builder.residualBlock(x, block, initializer) }
      }
    }
    x = try builder.flattened(builder.globalAveragePool(x))
    x = try builder.dense(x, outputs: options.classes, initializer: initializer, name: "linear")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

/// A block of a residual network for CIFAR.
private struct CIFARBlock {
  /// Channels that come out.
  var outputs: Int
  /// Steps of the first convolution.
  var stride: Int
  /// What stands in the shortcut where the ends differ.
  var shortcut: ResidualShortcut
  /// The scale at which the last normalisation starts.
  var lastScale: Float
  /// Share of samples that training drops the branch for.
  var dropped: Double
}

extension GraphBuilder {
  /// The basic block (figure 2 of the paper):
  ///
  ///     x ── conv 3x3 ── bn ── relu ── conv 3x3 ── bn ── + ── relu ──
  ///      └────────────────── shortcut ───────────────────┘
  fileprivate func residualBlock(
    _ x: Value, _ block: CIFARBlock, _ initializer: any WeightInitializer
  ) throws -> Value {
    var y = try convolution(
      x, outputs: block.outputs, kernel: 3, stride: block.stride, initializer: initializer, name: "conv1")
    y = try relu(batchNormalization(y, name: "bn1"))
    y = try convolution(y, outputs: block.outputs, kernel: 3, initializer: initializer, name: "conv2")
    y = try batchNormalization(y, scale: block.lastScale, name: "bn2")
    return try relu(sum(withStochasticDepth(y, ratio: block.dropped), shortcut(x, block, initializer)))
  }

  /// The block's input, or where sizes differ every second pixel of it amid zero channels (a), or through a convolution
  /// (b).
  private func shortcut(
    _ x: Value, _ block: CIFARBlock, _ initializer: any WeightInitializer
  ) throws -> Value {
    let missing = block.outputs - (try extent(of: x, axis: 1))
    guard block.stride > 1 || missing > 0 else { return x }
    if block.shortcut == .b {
      let y = try convolution(
        x, outputs: block.outputs, kernel: 1, stride: block.stride, initializer: initializer, name: "shortcut.0")
      return try batchNormalization(y, name: "shortcut.1")
    }
    let rows = try slice(x, axis: 2, step: block.stride)
    let pixels = try slice(rows, axis: 3, step: block.stride)
    return try padded(pixels, axis: 1, before: missing / 2, after: missing - missing / 2)
  }
}

extension Zoo {
  /// A residual network for CIFAR of 8, 14, 20, 32, 44, 56 or 110 layers; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func cifarResNet(
    depth: Int, width: Double = 1, shortcut: ResidualShortcut = .a, zeroGamma: Bool = false,
    stochasticDepth: Double = 0, classes: Int? = nil, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    let options: [String: (any CustomStringConvertible)?] = [
      "width": width, "shortcut": shortcut, "zero_gamma": zeroGamma, "stochastic_depth": stochasticDepth,
      "classes": classes, "input": input, "seed": seed,
    ]
    return try graph(ZooReference(name: "resnet\(depth)", options: options.compactMapValues { $0?.description }))
  }
}
