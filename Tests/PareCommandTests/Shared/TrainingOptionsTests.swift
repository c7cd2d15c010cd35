import ArgumentParser
import Pare
import Testing

@testable import PareCommand

@Suite struct TrainingOptionsTests {
  private func options(_ arguments: String...) throws -> TrainingOptions { try TrainingOptions.parse(arguments) }

  @Test func defaultsAreTheLibrarys() throws {
    #expect(try options().configuration(batch: 128, seed: 0) == TrainingConfiguration())
  }

  @Test func flagsReachTheConfiguration() throws {
    let configuration = try options(
      "--epochs", "3", "--schedule", "cosine", "--optimizer", "adamw", "--clip-norm", "1", "--augmentation", "shift",
      "--accumulation", "2", "--warmup", "0.5", "--label-smoothing", "0.1"
    ).configuration(batch: 7, seed: 9)
    #expect(configuration.epochs == 3 && configuration.batchSize == 7 && configuration.seed == 9)
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
