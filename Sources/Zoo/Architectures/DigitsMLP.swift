import Datasets
import Graphs

/// Two hidden layers on the built-in digits: the smallest network that everything can be tried on. Weights start by
/// He's rule over inputs.
package struct DigitsMLP: Architecture {
  package let name = "digits_mlp"
  package let summary = "two hidden layers for the built-in digits (1 x 8 x 8)"
  package let paper: String? = nil
  package let options: [ArchitectureOption] = [.classes(), .input(8, cifar: nil), .width, .seed]

  /// Makes the architecture.
  package init() {}

  package func preparation(_ options: ArchitectureOptions) -> Preparation {
    Preparation(height: options.input, width: options.input, channelOrder: .grey, mean: [0], std: [1])
  }

  package func build(_ options: ArchitectureOptions) throws -> Graph {
    let builder = GraphBuilder(name: name)
    var x = try builder.flattened(builder.imageInput(channels: 1, height: options.input, width: options.input))
    for (index, units) in [64, 32].enumerated() {
      let name = "fc\(index + 1)"
      x = try builder.dense(x, outputs: options.channels(units), initializer: options.initializer, name: name)
      x = try builder.relu(x)
    }
    x = try builder.dense(x, outputs: options.classes, initializer: options.initializer, name: "fc3")
    try builder.output(x, as: "logits")
    return try builder.build()
  }
}

extension Zoo {
  /// Two hidden layers for the built-in digits.
  /// - Throws: as `graph(_:)`.
  public static func digitsMLP(
    width: Double = 1, classes: Int? = nil, input: Int? = nil, seed: Int = 0
  ) throws -> Graph {
    try graph(DigitsMLP(), ["width": width, "classes": classes, "input": input, "seed": seed])
  }
}
