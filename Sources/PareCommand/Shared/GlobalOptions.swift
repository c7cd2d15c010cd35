import ArgumentParser
import Pare

/// The options that every subcommand has.
struct GlobalOptions: ParsableArguments {
  @Flag(help: "Print one JSON document on standard output and nothing else there.")
  var json = false

  @Option(name: .customLong("seed"), help: ArgumentHelp("Seed of every random choice. (default: 0)", valueName: "n"))
  var givenSeed: UInt64?

  @Option(help: ArgumentHelp("Threads to compute with. (default: as many as it may use)", valueName: "n"))
  var threads: Int?

  @Flag(
    help:
      "Compute convolutions as plain sums of products: no Winograd, which is faster and rounds a little differently.")
  var exact = false

  @Flag(help: "No progress and no notes on standard error.")
  var quiet = false

  /// The seed given, or 0.
  var seed: UInt64 { givenSeed ?? 0 }

  /// Where networks run, as the options say.
  func engine() -> Engine { Engine(threads: threads, isExact: exact) }

  /// Where results and notes go.
  var console: Console { Console(self) }

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): give a number from 1 to 1024")
    }
  }
}
