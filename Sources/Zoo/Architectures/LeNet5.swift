import Datasets
import Graphs

/// Two convolutions and two dense layers for handwritten digits of 28 x 28 pixels.
///
/// LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition", section II.B, as Caffe
/// has it and the compression literature measures it (Han et al. 2015, "Learning both weights and connections"): 20 and
/// 50 filters of 5x5, maximum pools, 500 units, ReLU behind these alone; 431,080 parameters, where the original has
/// some 60,000. Images of another size, from 16 pixels on, give a first dense layer of another size. All weights start
/// by He's rule over inputs.
package struct LeNet5: Architecture {
  package let name = "lenet5"
  package let summary = "two convolutions and two dense layers for digits (1 x 28 x 28)"
  package let paper: String? = "LeCun et al. 1998, Gradient-based learning applied to document recognition"
  package let options: [ArchitectureOption] = [.classes(), .input(28, cifar: nil), .width, .seed]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    Preparation(height: options.input, width: options.input, channelOrder: .grey, mean: [0], std: [1])
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    var x = builder.imageInput(channels: 1, height: options.input, width: options.input)
    for (number, filters) in zip(1..., [20, 50]) {
      x = try builder.convolution(
        x, outputs: options.channels(filters), kernel: 5, padding: 0, bias: true, initializer: options.initializer,
        name: "conv\(number)")
      x = try builder.maxPool(x, kernel: 2)
    }
    x = try builder.dense(
      builder.flattened(x), outputs: options.channels(500), initializer: options.initializer, name: "fc1")
    x = try builder.dense(
      builder.relu(x), outputs: options.classes, initializer: options.initializer, name: "fc2")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

extension Zoo {
  /// LeNet-5; options left out have the values of the form above.
  /// - Throws: as `graph(_:)`.
  public static func leNet5(width: Double = 1, classes: Int? = nil, input: Int? = nil, seed: Int = 0) throws -> Graph {
    try graph(LeNet5(), ["width": width, "classes": classes, "input": input, "seed": seed])
  }
}
