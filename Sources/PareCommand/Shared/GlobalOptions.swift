import ArgumentParser
import Foundation
import Pare

extension Tuning.Mode: ExpressibleByArgument {}

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

  @Option(
    help: ArgumentHelp(
      """
      Which of several forms of a layer runs: off (a fixed rule), cached (what was measured on this machine before, else \
      the rule) or measure (layers that are not known yet are measured, for seconds, and kept).
      """, valueName: "how"))
  var tune = Tuning.Mode.cached

  @Flag(help: "No progress and no notes on standard error.")
  var quiet = false

  /// The seed given, or 0.
  var seed: UInt64 { givenSeed ?? 0 }

  /// Where networks run, as the options say.
  func engine() -> Engine {
    Engine(threads: threads, isExact: exact, tuning: Tuning(tune, file: Self.tuningFile))
  }

  /// Where what was measured of this machine is kept: `PARE_TUNING`, or a file in the user's folder of caches.
  private static var tuningFile: String? {
    if let path = ProcessInfo.processInfo.environment["PARE_TUNING"], !path.isEmpty { return path }
    return FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first?
      .appendingPathComponent("pare/tuning.json").path
  }

  /// Where results and notes go.
  var console: Console { Console(self) }

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): give a number from 1 to 1024")
    }
  }
}
