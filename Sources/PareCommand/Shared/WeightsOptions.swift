import ArgumentParser
import Pare

/// Weights for a network from another file than its own.
struct WeightsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A .safetensors file whose tensors, named as PyTorch does, go into the network's parameters of the same names.",
      valueName: "file"))
  var weights: String?

  @Flag(help: "Load what fits of --weights and leave the other parameters as they are.")
  var partialWeights = false

  func validate() throws {
    guard weights != nil || !partialWeights else { throw ValidationError("--partial-weights goes with --weights") }
  }

  /// The model with the file's weights.
  /// - Throws: what reading throws; `PareError.badInput` with the names that do not fit, unless these are left out.
  func applied(to model: Model, _ console: Console) throws -> Model {
    guard let weights else { return model }
    var result = model
    let match: WeightsMatch
    (result.graph, match) = model.graph.loadingWeights(from: try SafetensorsFile(contentsOf: weights))
    for list in match.longLists { console.note("weights \(list)") }
    guard match.isComplete || partialWeights && !match.loaded.isEmpty else {
      throw PareError(
        .badInput,
        "the weights do not fit the network: \(match.summary)"
          + (match.loaded.isEmpty ? "" : "; --partial-weights loads the other \(match.loaded.count)"),
        context: ["file": weights])
    }
    if !match.isComplete { console.note("loaded \(match.loaded.count) parameters of \(weights): \(match.summary)") }
    result.history.append("loaded \(match.loaded.count) parameters from \(weights)")
    return result
  }
}
