import Datasets
import Graphs

/// Blocks in which every layer reads what all layers before it have made.
///
/// Huang, Liu, van der Maaten, Weinberger 2017, "Densely connected convolutional networks". DenseNet-121 is table 1's,
/// with bottlenecks and compression by half (BC), growth 32 and a stem of 64 channels. DenseNet-40 is table 2's for CIFAR
/// without either, growth 12 and a stem of 16 channels. Dropout behind each layer (section 4.2: 0.2 where data are not
/// augmented) is off by default. Convolutions start by He's rule over inputs; names are torchvision's.
///
/// In the form for CIFAR DenseNet-121 has a 3x3 stem of stride 1 and no pool behind it.
package struct DenseNet: Architecture {
  /// Layers with weights.
  package enum Depth: Int, Sendable, CaseIterable {
    /// For CIFAR: three blocks of twelve layers.
    case forty = 40
    /// For ImageNet: blocks of 6, 12, 24 and 16 layers with bottlenecks.
    case hundredTwentyOne = 121
  }

  /// Layers with weights.
  package let depth: Depth

  /// A network of a depth.
  package init(_ depth: Depth) { self.depth = depth }

  private var isForImageNet: Bool { depth == .hundredTwentyOne }
  private var blocks: [Int] { isForImageNet ? [6, 12, 24, 16] : [12, 12, 12] }

  package var name: String { "densenet\(depth.rawValue)" }
  package var summary: String {
    "densely connected network of \(depth.rawValue) layers" + (isForImageNet ? "" : " for CIFAR images")
  }
  package let paper: String? = "Huang et al. 2017, Densely connected convolutional networks"
  package var options: [ArchitectureOption] {
    let growth = ArchitectureOption(
      "growth", default: isForImageNet ? 32 : 12, in: 1...256, help: "channels that a layer adds")
    return isForImageNet
      ? [.imageNetClasses, .form, .input(), growth, .dropout(0), .seed]
      : [.classes(), .input(32, cifar: nil), growth, .dropout(0), .seed]
  }

  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    isForImageNet ? options.imagePreparation() : Preparation(height: options.input, width: options.input)
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    var style = LayerStyle(options)
    style.initializer = options.initializer
    let growth = options.integer("growth")
    let layer = DenseLayer(
      growth: growth, bottleneck: isForImageNet ? 4 : nil, dropout: options.number("dropout"))

    var x = builder.imageInput(channels: 3, height: options.input, width: options.input)
    x = try builder.scope("features") {
      var y = try stem(x, options, style, builder)
      for (number, layers) in zip(1..., blocks) {
        for index in 1...layers {
          y = try builder.scope("denseblock\(number).denselayer\(index)") {
            try builder.denselyConnected(y, layer, style)
          }
        }
        guard number < blocks.count else { break }
        let channels = try builder.extent(of: y, axis: 1)
        y = try builder.scope("transition\(number)") {
          try builder.transition(y, outputs: isForImageNet ? channels / 2 : channels, style)
        }
      }
      return try builder.relu(builder.normalization(y, style, name: "norm5"))
    }
    try builder.classifier(
      x, classes: options.classes, initializer: options.uniform(.input), name: "classifier")
    return try builder.build()
  }

  private func stem(
    _ x: Value, _ options: ArchitectureOptions, _ style: LayerStyle, _ builder: GraphBuilder
  ) throws -> Value {
    let growth = options.integer("growth")
    guard isForImageNet else { return try builder.convolution(x, .convolution(16, kernel: 3), style, name: "conv0") }
    let names = ("conv0", "norm0")
    guard options.form == .imagenet else {
      return try builder.normalized(x, .convolution(2 * growth, kernel: 3), style, names: names)
    }
    let y = try builder.normalized(x, .convolution(2 * growth, kernel: 7, stride: 2), style, names: names)
    return try builder.maxPool(y, kernel: 3, stride: 2, padding: 1)
  }
}

extension Zoo {
  /// DenseNet-121; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func denseNet121(
    growth: Int = 32, dropout: Double? = nil, classes: Int? = nil, form: NetworkForm = .imagenet, input: Int? = nil,
    seed: Int = 0
  ) throws -> Graph {
    try graph(
      DenseNet(.hundredTwentyOne),
      ["growth": growth, "dropout": dropout, "classes": classes, "form": form, "input": input, "seed": seed])
  }

  /// DenseNet-40 for CIFAR; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func denseNet40(
    growth: Int = 12, dropout: Double? = nil, classes: Int? = nil, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(
      DenseNet(.forty),
      ["growth": growth, "dropout": dropout, "classes": classes, "input": input, "seed": seed])
  }
}
