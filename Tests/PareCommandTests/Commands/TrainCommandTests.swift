import ArgumentParser
import Foundation
import Pare
import Testing

@testable import PareCommand

@Suite struct TrainCommandTests {
  private func resolved(_ arguments: [String], recipe: String? = nil) throws -> TrainingRecipe {
    guard let recipe else { return try TrainCommand.parse(arguments + ["-o", "x.onnx"]).resolvedRecipe() }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try recipe.write(to: file, atomically: true, encoding: .utf8)
    return try TrainCommand.parse(arguments + ["--recipe", file.path, "-o", "x.onnx"]).resolvedRecipe()
  }

  private static let recipe = """
    model: zoo:resnet8
    data: imagefolder:images
    held_out: 0.2
    mean: [0.5, 0.5, 0.5]
    std: [0.2, 0.2, 0.2]
    training:
      epochs: 40
      batch_size: 32
      rate: 0.3
      warmup_epochs: 20
      optimizer: {sgd: {momentum: 0.8, nesterov: false}}
      seed: 4
      precision: bf16
    """

  @Test func withoutARecipeTheDefaultsHold() throws {
    let found = try resolved(["zoo:digits_mlp", "--data", "digits"])
    #expect(found.model == "zoo:digits_mlp" && found.data == "digits")
    #expect(found.training == TrainingConfiguration() && found.heldOut == 0.1 && found.mean == nil)
  }

  @Test func aRecipeIsTakenAsItIs() throws {
    let found = try resolved([], recipe: Self.recipe)
    #expect(found.model == "zoo:resnet8" && found.data == "imagefolder:images" && found.heldOut == 0.2)
    #expect(found.training.epochs == 40 && found.training.batchSize == 32 && found.training.seed == 4)
    #expect(found.training.optimizer == .sgd(momentum: 0.8, nesterov: false))
    #expect(found.training.precision == .bfloat16)
  }

  @Test func whatIsGivenBesideARecipeTakesItsPlace() throws {
    let found = try resolved(
      [
        "zoo:resnet14", "--data", "digits", "--batch", "64", "--seed", "7", "--held-out", "0", "--mean", "0.4",
        "--epochs", "30", "--rate", "0.1", "--optimizer", "adamw", "--precision", "f32",
      ], recipe: Self.recipe)
    #expect(found.model == "zoo:resnet14" && found.data == "digits" && found.heldOut == 0)
    #expect(found.mean == [0.4] && found.std == [0.2, 0.2, 0.2])
    let training = found.training
    #expect(training.batchSize == 64 && training.seed == 7 && training.epochs == 30 && training.rate == 0.1)
    #expect(training.optimizer == .adamw() && training.precision == .float32 && training.warmupEpochs == 20)
  }

  @Test func momentumAloneKeepsTheOptimizer() throws {
    #expect(
      try resolved(["--momentum", "0.5"], recipe: Self.recipe).training.optimizer
        == .sgd(momentum: 0.5, nesterov: true))
  }

  @Test func togetherTheyMustMakeSense() {
    // A warm-up of the recipe's 20 epochs in a training of 10.
    #expect { try resolved(["--epochs", "10"], recipe: Self.recipe) } throws: { ($0 as? PareError)?.code == .usage }
  }

  @Test(arguments: [["--data", "digits"], ["zoo:digits_mlp"], ["zoo:digits_mlp", "--data", "digits", "--batch", "0"]])
  func modelAndDataMustBeNamed(_ arguments: [String]) {
    #expect { try TrainCommand.parse(arguments + ["-o", "x.onnx"]) } throws: { FailureReport($0).status == 64 }
  }
}
