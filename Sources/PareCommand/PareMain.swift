import ArgumentParser
import Pare

@main
struct PareMain: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "pare", abstract: "Makes trained neural networks small and fast.")
}
