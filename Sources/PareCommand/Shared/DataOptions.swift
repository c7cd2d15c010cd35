import ArgumentParser
import Foundation
import Pare

/// The data of a subcommand and how it is prepared.
struct DataOptions: ParsableArguments {
  /// What the option means.
  static let meaning =
    "KIND:PATH: digits (built in), imagefolder:DIR, images:DIR or npy:DIR; the kind is guessed when left out."

  @Option(help: ArgumentHelp(meaning, valueName: "data"))
  var data: String

  @OptionGroup var preparation: PreparationOptions

  @Option(help: ArgumentHelp("Samples in a batch.", valueName: "n"))
  var batch = 128

  func validate() throws {
    guard (1...65_536).contains(batch) else {
      throw ValidationError("--batch \(batch): give a number from 1 to 65536")
    }
  }

  /// Opens the data in the size and channels of a network, and stores in the model how images are prepared.
  /// - Throws: what opening throws, and `PareError.usage` for values that do not fit the network.
  func open(for model: Model, _ options: GlobalOptions) throws -> (model: Model, dataset: Dataset) {
    try Self.open(data, preparation, for: model, options)
  }

  /// Opens data named by a text, as `open(for:_:)` does.
  static func open(
    _ data: String, _ preparation: PreparationOptions, for model: Model, _ options: GlobalOptions
  ) throws -> (model: Model, dataset: Dataset) {
    let prepared = try preparation.applied(to: model)
    let wanted = try prepared.preparation
    if let wanted, wanted.mean == nil || wanted.std == nil {
      options.console.note(
        "the model does not say which mean and std it wants, so pixels go in as they are, in [0,1]; give --mean and "
          + "--std if it was trained otherwise")
    }
    let loading = LoadingOptions(
      preparation: wanted, inputName: prepared.graph.inputs.first?.name ?? "input",
      threads: options.threads)
    let dataset = try Dataset(parsing: data, options: loading)
    if let warning = warning(classes: dataset.classes, labels: prepared.labels) { options.console.note(warning) }
    return (prepared, dataset)
  }

  /// What to say where the data's classes are not those that a network tells apart; nil where they are, or where one of
  /// the two has no names.
  static func warning(classes: [String]?, labels: [String]?) -> String? {
    guard let classes, let labels, classes != labels, classes.count <= labels.count else { return nil }
    func list(_ names: [String]) -> String {
      let shown = names.prefix(5).joined(separator: ", ")
      return names.count > 5 ? "\(shown), ... (\(names.count))" : shown
    }
    return "warning: the data's classes are \(list(classes)), the network's \(list(labels)); they are matched by their "
      + "order, not by name, so check that the data belongs to this network"
  }
}

extension SplitName: ExpressibleByArgument {
  /// Reads `train`, `test` or `val`.
  public init?(argument: String) {
    guard let name = try? SplitName(parsing: argument) else { return nil }
    self = name
  }
}
