import Datasets
import Graphs

/// Blocks of three branches in training, which are one 3x3 convolution each afterwards: VGG's form, trained as a ResNet.
///
/// Ding, Zhang, Ma, Han, Ding, Sun 2021, "RepVGG: making VGG-style ConvNets great again", tables 2 and 3. The network is
/// built with its branches; `BranchMerging` makes the plain form of it, and `deploy=true` builds that with fresh weights.
/// Names are those of the authors' code. Convolutions start by He's rule.
///
/// In the form for CIFAR the first two blocks of stride 2 have stride 1.
package struct RepVGG: Architecture {
  /// Which row of table 3.
  package enum Variant: String, Sendable, CaseIterable {
    /// Two, four, fourteen and one blocks in the stages behind the first.
    case a0, a1, a2
    /// Four, six, sixteen and one.
    case b0, b1

    /// Blocks of the five stages.
    var blocks: [Int] {
      switch self {
      case .a0, .a1, .a2: [1, 2, 4, 14, 1]
      case .b0, .b1: [1, 4, 6, 16, 1]
      }
    }

    /// Factors on the channels of all stages but the last, and of the last: the paper's a and b.
    var factors: (inner: Double, last: Double) {
      switch self {
      case .a0: (0.75, 2.5)
      case .a1, .b0: (1, 2.5)
      case .a2: (1.5, 2.75)
      case .b1: (2, 4)
      }
    }

    /// Channels of the five stages.
    var channels: [Int] {
      let (a, b) = factors
      return [Int(min(64, 64 * a)), Int(64 * a), Int(128 * a), Int(256 * a), Int(512 * b)]
    }
  }

  /// Which row of table 3.
  package let variant: Variant

  /// A network of a row.
  package init(_ variant: Variant) { self.variant = variant }

  package var name: String { "repvgg_\(variant.rawValue)" }
  package var summary: String { "branches in training, plain 3x3 convolutions afterwards" }
  package let paper: String? = "Ding et al. 2021, RepVGG: making VGG-style ConvNets great again"
  package let options: [ArchitectureOption] = [
    .imageNetClasses, .form, .input(), .width,
    ArchitectureOption("deploy", default: false, help: "the plain form, without branches and normalisation"),
    .dropout(0), .seed,
  ]

  package func preparation(_ options: ArchitectureOptions) -> Preparation { options.imagePreparation() }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    let style = LayerStyle(options)

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    for (stage, (channels, blocks)) in zip(variant.channels, variant.blocks).enumerated() {
      let outputs = options.channels(channels)
      for index in 0..<blocks {
        let stride = index > 0 ? 1 : stage < 2 ? options.earlyStride : 2
        x = try builder.scope(stage == 0 ? "stage0" : "stage\(stage).\(index)") {
          guard options.flag("deploy") else {
            return try builder.branched(x, outputs: outputs, stride: stride, style)
          }
          let plain = try builder.convolution(
            x, outputs: outputs, kernel: 3, stride: stride, bias: true, initializer: style.initializer,
            name: "rbr_reparam")
          return try builder.relu(plain)
        }
      }
    }
    try builder.classifier(
      x, classes: options.classes, dropout: options.number("dropout"), initializer: options.normal(0.01),
      name: "linear")
    return try builder.build()
  }
}

extension Zoo {
  /// RepVGG `a0`, `a1`, `a2`, `b0` or `b1`, with its branches or plain; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func repVGG(
    _ variant: String = "a0", deploy: Bool = false, width: Double = 1, dropout: Double? = nil, classes: Int? = nil,
    form: NetworkForm = .imagenet, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    let options: [String: (any CustomStringConvertible)?] = [
      "deploy": deploy, "width": width, "dropout": dropout, "classes": classes, "form": form, "input": input,
      "seed": seed,
    ]
    return try graph(ZooReference(name: "repvgg_\(variant)", options: options.compactMapValues { $0?.description }))
  }
}
