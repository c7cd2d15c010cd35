import ArgumentParser
import Pare

/// The number format that a network computes in.
struct PrecisionOption: ParsableArguments {
  /// What the option means, without its default.
  static let meaning =
    "Number format of activations and products: f32, or bf16 (half the memory traffic; parameters, statistics and "
    + "losses stay float32, and so does what is written)."

  @Option(help: ArgumentHelp(meaning, valueName: "name"))
  var precision = ProgramOptions.Precision.float32

  /// Says so, once, where this machine computes in float32 all the same.
  func check(_ console: Console) {
    var configuration = TrainingConfiguration()
    configuration.precision = precision
    if let note = configuration.precisionNote { console.note(note) }
  }
}

extension ProgramOptions.Precision: ExpressibleByArgument {}
