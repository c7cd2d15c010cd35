import ArgumentParser
import Pare

/// How images are prepared, where the model does not say so itself.
struct PreparationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Mean per channel on [0,1] pixels, subtracted before the network. (default: the model's)", valueName: "list"))
  var mean: NumberList?

  @Option(
    help: ArgumentHelp(
      "Standard deviation per channel, divided by after the mean. (default: the model's)", valueName: "list"))
  var std: NumberList?

  @Option(
    help: ArgumentHelp(
      "Pixels that the shorter side of an image is resized to before the centre crop. (default: the model's, or just "
        + "enough)", valueName: "pixels"))
  var resize: Int?

  /// Whether anything was asked for.
  var isEmpty: Bool { mean == nil && std == nil && resize == nil }

  /// The options, with a recipe's values where none were given.
  func completed(by recipe: TrainingRecipe) -> PreparationOptions {
    var result = self
    result.mean = mean ?? recipe.mean.map { NumberList($0) }
    result.std = std ?? recipe.std.map { NumberList($0) }
    result.resize = resize ?? recipe.resize
    return result
  }

  /// The model with these values in its metadata; nothing changes where its input is no image and nothing was asked for.
  /// - Throws: `PareError.usage` where values do not fit the network's channels or its input is no image.
  func applied(to model: Model) throws -> Model {
    guard var preparation = try model.preparation ?? model.assumedPreparation else {
      guard isEmpty else {
        throw PareError(.usage, "--mean, --std and --resize are for images, but the network's first input is none")
      }
      return model
    }
    let channels = preparation.channels
    preparation.mean = mean.map { Self.perChannel($0.values, channels) } ?? preparation.mean
    preparation.std = std.map { Self.perChannel($0.values, channels) } ?? preparation.std
    preparation.resize = resize ?? preparation.resize
    var model = model
    try model.setPreparation(preparation)
    return model
  }

  /// One number stands for every channel.
  private static func perChannel(_ values: [Float], _ channels: Int) -> [Float] {
    values.count == 1 ? Array(repeating: values[0], count: channels) : values
  }
}
