import Datasets
import Engine
import Factorization
import Foundation
import Graphs
import Tensors
import Testing
import Training

@testable import Recipes

/// A recipe that makes convolutions separable and trains what comes out.
@Suite(.serialized) struct FactorizeStageTests {
  private func network() throws -> Model {
    let builder = GraphBuilder()
    let he = HeInitializer()
    var x = builder.imageInput(channels: 1, height: 8, width: 8)
    for (name, channels, stride) in [("first", 8, 1), ("second", 16, 2), ("third", 16, 1)] {
      x = try builder.convolution(x, outputs: channels, kernel: 3, stride: stride, initializer: he, name: name)
      x = try builder.relu(builder.batchNormalization(x, name: "\(name)_bn"))
    }
    let pooled = try builder.flattened(builder.globalAveragePool(x))
    try builder.output(builder.dense(pooled, outputs: 10, initializer: he, name: "fc"), as: "logits")
    return Model(try builder.build())
  }

  private static let recipe = """
    targets: []
    seed: 0
    stages:
    - stage: factorize
      method: depthwise-separable
      ignore: [third]
    - stage: train
      training: {epochs: 10, batch_size: 64, rate: 0.05, augmentation: shift}
    """

  private func settings(_ text: String) throws -> CompressionSettings {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    return try CompressionSettings(contentsOf: file)
  }

  @Test func theStageIsReadAndWritten() throws {
    let settings = try settings(Self.recipe)
    let stage = try #require(settings.stages[0].stage as? FactorizeStage)
    #expect(stage.factorization == (try FactorizationConfiguration(ignore: ["third"])))
    #expect(try self.settings(settings.yaml()) == settings)
    let error = #expect(throws: PareError.self) {
      try self.settings(Self.recipe.replacingOccurrences(of: "depthwise-separable", with: "magic"))
    }
    #expect(error?.message.contains("magic") == true)
  }

  @Test func whatComesOutIsTrained() throws {
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("pare-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }
    let engine = Engine(threads: 2)
    let data = try Dataset(parsing: "digits")
    var training = TrainingConfiguration(epochs: 20, batchSize: 64, rate: 0.05)
    training.augmentation = "shift"
    let model = try Trainer(training, engine: engine)
      .train(network(), on: data.trainingSplits(seed: 0).training).model
    let request = CompressionRequest(
      inputName: "digits", model: model, data: data, settings: try settings(Self.recipe), output: output,
      engine: engine)
    let document = try Compression(request).run()

    #expect(document.stages.map(\.name) == ["factorize", "train"])
    let factorized = document.stages[0]
    #expect(factorized.details.map(\.name) == ["layers replaced", "second"])
    #expect(factorized.helpedOnClock != nil)
    // second: 8 filters of 9 and 128 numbers in place of 1152, at 16 positions.
    let macs = try #require(document.before.macs)
    #expect(document.after.macs == macs - 16 * (1152 - 200))
    let (before, after) = (try #require(document.before.top1), try #require(document.after.top1))
    #expect(before > 0.8 && after > 0.8)
    #expect(try #require(factorized.top1) < before)
  }
}
