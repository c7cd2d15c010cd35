import ArgumentParser
import Foundation

/// Parses the arguments, runs the subcommand, and ends the process with the status that fits.
@main
enum Main {
  static func main() {
    ThreadWaiting.limitSpinning()
    do {
      var command = try PareCommand.parseAsRoot()
      try command.run()
      try StandardOutput.flush()
    } catch {
      exit(FailureReport(error).deliver())
    }
  }
}
