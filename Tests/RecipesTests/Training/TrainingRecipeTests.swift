import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import Tensors
import Testing
import Training
import Zoo

@testable import Recipes

@Suite struct TrainingRecipeTests {
  /// The recipes that come with the package.
  static let files: [URL] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let files = try? FileManager.default.contentsOfDirectory(
      at: root.appendingPathComponent("Recipes"), includingPropertiesForKeys: nil)
    return (files ?? []).filter { $0.pathExtension == "yaml" }.sorted { $0.path < $1.path }
  }()

  static let digits = files.filter { name($0).hasPrefix("digits") }

  static func name(_ file: URL) -> String { file.deletingPathExtension().lastPathComponent }

  @Test func thereAreRecipes() {
    let names = Self.files.map(Self.name)
    for name in ["resnet20", "mobilenet_v2", "squeezenet1_1", "digits_separable"] { #expect(names.contains(name)) }
  }

  /// Every recipe is read without a key too many, is named like its network, and fits its network's images.
  @Test(arguments: files)
  func everyRecipeFitsItsNetwork(_ file: URL) throws {
    let recipe = try TrainingRecipe(contentsOf: file)
    let reference = try ZooReference(parsing: try #require(recipe.model))
    #expect(reference.name == Self.name(file))
    var model = try Zoo.model(reference)
    var preparation = try #require(try model.preparation)
    preparation.mean = recipe.mean ?? preparation.mean
    preparation.std = recipe.std ?? preparation.std
    try model.setPreparation(preparation)
    if recipe.data == nil {
      #expect(preparation.height == 32 && preparation.width == 32 && preparation.mean != nil && preparation.std != nil)
      #expect(model.graph.outputs[0].type.shape == [.batch, .fixed(10)])
    }
    #expect(try Self.reread(recipe) == recipe)
  }

  /// What can be trained with what is built in learns something in one epoch: guessing has a loss of ln 10, and a top-1
  /// of 0.1.
  @Test(arguments: digits)
  func recipesForDigitsTrain(_ file: URL) throws {
    var recipe = try TrainingRecipe(contentsOf: file)
    recipe.training.epochs = 1
    let splits = try Dataset(parsing: try #require(recipe.data)).trainingSplits(
      seed: recipe.training.seed, heldOut: recipe.heldOut)
    let model = try Zoo.model(ZooReference(parsing: try #require(recipe.model)))
    let result = try Trainer(recipe.training, engine: Engine(threads: 1))
      .train(model, on: splits.training, judgedBy: splits.heldOut)
    #expect(result.epochs.count == 1)
    #expect(try #require(result.epochs.first).trainLoss < 2.3)
    #expect(try #require(result.epochs.first?.top1) > 0.15)
  }

  private static func reread(_ recipe: TrainingRecipe) throws -> TrainingRecipe {
    try read(try recipe.yaml())
  }

  private static func read(_ text: String) throws -> TrainingRecipe {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    return try TrainingRecipe(contentsOf: file)
  }

  @Test func whatIsLeftOutHasTheDefaults() throws {
    #expect(try Self.read("{}") == TrainingRecipe())
    let recipe = try Self.read("training: {epochs: 3, schedule: cosine}\nstd: [0.5]")
    #expect(recipe.training.epochs == 3 && recipe.training.schedule == NamedSchedule(CosineDecay()))
    #expect(recipe.training.batchSize == 128 && recipe.std == [0.5] && recipe.heldOut == 0.1)
  }

  @Test func everythingSurvivesTheFile() throws {
    var recipe = TrainingRecipe()
    (recipe.model, recipe.data, recipe.heldOut, recipe.resize) = ("zoo:resnet8", "imagefolder:x y", 0.25, 40)
    (recipe.mean, recipe.std) = ([0.1, 0.2, 0.3], [1, 2, 3])
    recipe.training.optimizer = .adamw(beta1: 0.8)
    recipe.training.clipNorm = 1.5
    recipe.training.precision = .bfloat16
    recipe.training.groups = .uniform
    recipe.training.seed = 9
    #expect(try Self.reread(recipe) == recipe)
  }

  @Test(
    "what is misspelt or out of range is refused, and named",
    arguments: [
      ("modle: zoo:resnet8", "modle"), ("epochs: 3", "epochs"), ("training: {epoch: 3}", "training.epoch"),
      ("training: {groups: {decay_bias: true}}", "did you mean \"decay_biases\""),
      ("training: {epochs: 0}", "0 epochs"),
      ("training: {epochs: many}", "recipe"), ("held_out: 1", "held-out"), ("std: [0, 1, 1]", "deviations"),
      ("training: {schedule: sometimes}", "sometimes"), ("[1, 2", "recipe"),
    ])
  func faults(text: String, word: String) {
    let error = #expect(throws: PareError.self) { try Self.read(text) }
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    #expect(error?.context.contains { $0.key == "file" } == true)
  }

  @Test func aMissingFileIsNotFound() {
    let error = #expect(throws: PareError.self) {
      try TrainingRecipe(contentsOf: URL(fileURLWithPath: "/no/such/recipe.yaml"))
    }
    #expect(error?.code == .notFound)
  }
}
