import ArgumentParser
import Datasets
import Pare
import Testing

@testable import PareCommand

@Suite struct HelpTests {
  private static let commands = PareCommand.configuration.subcommands

  @Test func rootNamesEverySubcommand() {
    let help = PareCommand.helpMessage(columns: 100)
    for command in Self.commands {
      let name = command.configuration.commandName ?? ""
      #expect(!name.isEmpty && help.contains("  \(name) "))
    }
  }

  @Test func rootNamesEveryKindOfData() {
    let help = PareCommand.helpMessage(columns: 100)
    for format in DatasetFormats.all { #expect(help.contains("  \(format.identifier): ")) }
  }

  @Test func trainNamesEverySchedulePolicyAndOptimizer() {
    let help = PareCommand.helpMessage(for: TrainCommand.self, columns: 10_000)
    let names =
      Schedules.all.map { $0.identifier } + AugmentationPolicies.all.map { $0.identifier } + Optimizer.names.map(\.name)
    for name in names { #expect(help.contains("\(name) (")) }
  }

  @Test func pruneNamesEveryCriterionGranularityAndSchedule() {
    let help = PareCommand.helpMessage(for: PruneCommand.self, columns: 10_000)
    for type in PruningCriteria.all { #expect(help.contains("\(type.identifier) (\(type.summary))")) }
    for form in WeightGranularity.forms { #expect(help.contains("\(form.form) (\(form.summary))")) }
    for schedule in SparsitySchedule.allCases { #expect(help.contains("\(schedule.rawValue) (\(schedule.summary))")) }
    for selection in ChannelSelection.allCases {
      #expect(help.contains("\(selection.rawValue) (\(selection.summary))"))
    }
  }

  @Test(arguments: commands.indices)
  func everySubcommandShowsAnExampleAndTheCommonOptions(_ index: Int) throws {
    let command = Self.commands[index]
    let name = try #require(command.configuration.commandName)
    let help = PareCommand.helpMessage(for: command, columns: 100)
    #expect(help.contains("\n  pare \(name)"))
    for option in ["--json", "--seed", "--threads", "--quiet"] { #expect(help.contains(option)) }
    #expect(!command.configuration.abstract.isEmpty)
  }

  @Test(arguments: commands.indices)
  func everyOptionIsExplained(_ index: Int) {
    // An option without help text is a line that ends with its name or value.
    let help = PareCommand.helpMessage(for: Self.commands[index], columns: 200)
    let bare = help.split(separator: "\n").filter { $0.hasPrefix("  -") && !$0.dropFirst(2).contains("  ") }
    #expect(bare.filter { $0.count < 24 } == [])
  }
}
