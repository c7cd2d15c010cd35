import Datasets
import Graphs

/// Dense layers of 300 and 100 units for handwritten digits of 28 x 28 pixels.
///
/// LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition", section III.C, with
/// ReLU, in the form that the compression literature measures (Han et al. 2015, "Learning both weights and connections").
/// Images of another size give a first layer of another size. Weights start by He's rule over inputs.
package struct LeNet300: Architecture {
  package let name = "lenet300"
  package let summary = "dense layers of 300 and 100 units for digits (1 x 28 x 28)"
  package let paper: String? = "LeCun et al. 1998, Gradient-based learning applied to document recognition"
  package let options: [ArchitectureOption] = [.classes(), .input(28, cifar: nil), .width, .seed]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    Preparation(height: options.input, width: options.input, channelOrder: .grey, mean: [0], std: [1])
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    var x = try builder.flattened(builder.imageInput(channels: 1, height: options.input, width: options.input))
    for (number, units) in zip(1..., [300, 100]) {
      x = try builder.dense(
        x, outputs: options.channels(units), initializer: options.initializer, name: "fc\(number)")
      x = try builder.relu(x)
    }
    x = try builder.dense(x, outputs: options.classes, initializer: options.initializer, name: "fc3")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

extension Zoo {
  /// LeNet-300-100; options left out have the paper's values.
  /// - Throws: as `graph(_:)`.
  public static func leNet300(
    width: Double = 1, classes: Int? = nil, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(LeNet300(), ["width": width, "classes": classes, "input": input, "seed": seed])
  }
}
