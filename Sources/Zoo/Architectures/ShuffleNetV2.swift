import Datasets
import Graphs

/// Units that work on half of the channels and leave the others alone, with a shuffle in between.
///
/// Ma, Zhang, Zheng, Sun 2018, "ShuffleNet V2: practical guidelines for efficient CNN architecture design", table 5. The
/// dense layer has a bias, as torchvision's, whose names these are (the authors' code has none). Nothing stands behind
/// depthwise convolutions but a normalisation. Convolutions start by He's rule.
///
/// In the form for CIFAR the stem has stride 1 and there is no pool behind it.
package struct ShuffleNetV2: Architecture {
  package let name = "shufflenet_v2"
  package let summary = "units on half of the channels, shuffled in between: fast rather than small"
  package let paper: String? = "Ma et al. 2018, ShuffleNet V2"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(),
    ArchitectureOption("width", default: 1, oneOf: [0.5, 1, 1.5, 2], help: "which column of the paper's table"),
    .dropout(0), .seed,
  ]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  /// Channels of the three stages and of the last layer (table 5).
  private func channels(width: Double) -> (stages: [Int], last: Int) {
    switch width {
    case 0.5: ([48, 96, 192], 1024)
    case 1: ([116, 232, 464], 1024)
    case 1.5: ([176, 352, 704], 1024)
    default: ([244, 488, 976], 2048)
    }
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)
    let (stages, last) = channels(width: options.number("width"))

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.normalized(x, .convolution(24, kernel: 3, stride: options.earlyStride), style, name: "conv1")
    if options.form == .imagenet { x = try builder.maxPool(x, kernel: 3, stride: 2, padding: 1) }
    for (stage, (channels, units)) in zip(2..., zip(stages, [4, 8, 4])) {
      for index in 0..<units {
        x = try builder.scope("stage\(stage).\(index)") {
          try index == 0
            ? builder.halvingUnit(x, outputs: channels, style) : builder.splitUnit(x, style)
        }
      }
    }
    x = try builder.normalized(x, .pointwise(last), style, name: "conv5")
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), initializer: options.normal(0.01), name: "fc")
    return try builder.build()
  }
}

extension GraphBuilder {
  /// Figure 3 (c) of the paper:
  ///
  ///     x ── split ──┬──────────────────────────────────────────────────────────── concat ── shuffle
  ///                  └── 1x1 ── bn ── relu ── depthwise ── bn ── 1x1 ── bn ── relu ──┘
  fileprivate func splitUnit(_ x: Value, _ style: LayerStyle) throws -> Value {
    let half = try extent(of: x, axis: 1) / 2
    let left = try slice(x, axis: 1, to: half)
    let right = try unitBranch(slice(x, axis: 1, from: half), outputs: half, stride: 1, style)
    return try channelsShuffled(concatenation([left, right]), groups: 2)
  }

  /// Figure 3 (d): both branches see all channels and halve the image.
  fileprivate func halvingUnit(_ x: Value, outputs: Int, _ style: LayerStyle) throws -> Value {
    let left = try scope("branch1") {
      let y = try normalized(x, .depthwise(3, stride: 2), style, activates: false, names: ("0", "1"))
      return try normalized(y, .pointwise(outputs / 2), style, names: ("2", "3"))
    }
    let right = try unitBranch(x, outputs: outputs / 2, stride: 2, style)
    return try channelsShuffled(concatenation([left, right]), groups: 2)
  }

  private func unitBranch(_ x: Value, outputs: Int, stride: Int, _ style: LayerStyle) throws -> Value {
    try scope("branch2") {
      var y = try normalized(x, .pointwise(outputs), style, names: ("0", "1"))
      y = try normalized(y, .depthwise(3, stride: stride), style, activates: false, names: ("3", "4"))
      return try normalized(y, .pointwise(outputs), style, names: ("5", "6"))
    }
  }
}

extension Zoo {
  /// ShuffleNet V2 of width 0.5, 1, 1.5 or 2; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func shuffleNetV2(
    width: Double = 1, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet, input: Int? = nil,
    seed: Int = 0
  ) throws -> Graph {
    try graph(
      ShuffleNetV2(),
      ["width": width, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed])
  }
}
