import Datasets
import Graphs

/// A small network of depthwise separable convolutions for the built-in digits: a MobileNet in miniature, to train
/// and compress in seconds.
///
/// Blocks as in Howard et al. 2017, "MobileNets", figure 3: a depthwise and a pointwise convolution, each followed by
/// batch normalisation and ReLU. All weights start by He's rule over inputs.
package struct DigitsSeparable: Architecture {
  package let name = "digits_separable"
  package let summary = "separable convolutions for the built-in digits (1 x 8 x 8)"
  package let paper: String? = "after Howard et al. 2017, MobileNets, figure 3"
  package let options: [ArchitectureOption] = [.classes(), .input(8, cifar: nil), .width, .seed]

  /// Channels after the stem, then channels and stride of each block.
  private let stem = 24
  private let blocks = [(channels: 48, stride: 1), (channels: 96, stride: 2), (channels: 128, stride: 1)]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    Preparation(height: options.input, width: options.input, channelOrder: .grey, mean: [0], std: [1])
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let initializer = options.initializer

    var x = builder.imageInput(channels: 1, height: options.input, width: options.input)
    x = try builder.scope("stem") {
      let y = try builder.convolution(x, outputs: options.channels(stem), kernel: 3, initializer: initializer)
      return try builder.relu(builder.batchNormalization(y))
    }
    for (index, block) in blocks.enumerated() {
      x = try builder.scope("block\(index + 1)") {
        try builder.separableBlock(x, outputs: options.channels(block.channels), stride: block.stride, initializer)
      }
    }
    x = try builder.flattened(builder.globalAveragePool(x))
    x = try builder.dense(x, outputs: options.classes, initializer: initializer)
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

extension GraphBuilder {
  /// depthwise 3x3 ── bn ── relu ── pointwise 1x1 ── bn ── relu
  fileprivate func separableBlock(
    _ x: Value, outputs: Int, stride: Int, _ initializer: any WeightInitializer
  ) throws -> Value {
    let channels = try extent(of: x, axis: 1)
    var y = try convolution(
      x, outputs: channels, kernel: 3, stride: stride, groups: channels, initializer: initializer, name: "depthwise")
    y = try relu(batchNormalization(y, name: "bn1"))
    y = try convolution(y, outputs: outputs, kernel: 1, initializer: initializer, name: "pointwise")
    return try relu(batchNormalization(y, name: "bn2"))
  }
}

extension Zoo {
  /// Separable convolutions for the built-in digits.
  /// - Throws: as `graph(_:)`.
  public static func digitsSeparable(
    width: Double = 1, classes: Int? = nil, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(DigitsSeparable(), ["width": width, "classes": classes, "input": input, "seed": seed])
  }
}
