import ArgumentParser
import Pare

/// `pare operators`: the ONNX operators that Pare runs.
struct OperatorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operators",
    abstract: "Lists the ONNX operators that Pare runs.",
    discussion: """
      An operator without a kernel runs a slow reference evaluation, which profile marks. A network can be trained \
      through operators that have a gradient, and its channels can be pruned through those that couple channels. What \
      is not listed is kept as it stands when a network is converted, and cannot be run.

        pare operators
        pare operators --json
      """)

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let console = options.console
    let listing = OperatorListing()
    console.print(listing.table())
    try console.printJSON(listing)
  }
}
