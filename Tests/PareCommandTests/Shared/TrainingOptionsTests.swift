import ArgumentParser
import Pare
import Testing

@testable import PareCommand

@Suite struct TrainingOptionsTests {
  private func recipe(_ arguments: String...) throws -> TrainingRecipe {
    var recipe = TrainingRecipe()
    try TrainingOptions.parse(arguments).apply(to: &recipe)
    return recipe
  }

  @Test func defaultsAreTheLibrarys() throws { #expect(try recipe() == TrainingRecipe()) }

  @Test func flagsReachTheConfiguration() throws {
    let configuration = try recipe(
      "--epochs", "3", "--schedule", "cosine", "--optimizer", "adamw", "--clip-norm", "1", "--augmentation", "shift",
      "--accumulation", "2", "--warmup", "0.5", "--label-smoothing", "0.1"
    ).training
    #expect(configuration.epochs == 3 && configuration.warmupEpochs == 0.5 && configuration.labelSmoothing == 0.1)
    #expect(configuration.optimizer == .adamw())
    #expect(configuration.schedule == (try NamedSchedule(named: "cosine")))
    #expect(configuration.clipNorm == 1 && configuration.accumulation == 2 && configuration.augmentation == "shift")
  }

  @Test(arguments: [
    ["--epochs", "0"], ["--schedule", "none"], ["--optimizer", "none"], ["--augmentation", "mirror"], ["--rate", "0"],
    ["--held-out", "1"], ["--clip-norm", "0"],
  ])
  func whatMakesNoSenseIsWrongUsage(_ arguments: [String]) {
    #expect { try TrainingOptions.parse(arguments) } throws: { FailureReport($0).status == 64 }
  }
}
