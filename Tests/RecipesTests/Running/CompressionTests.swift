import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import ONNXFormat
import PareFormat
import Reporting
import Tensors
import Testing
import Training
import Zoo

@testable import Recipes

/// The main job on the built-in digits, from a trained network to the files and the report.
@Suite(.serialized) struct CompressionTests {
  private let engine = Engine(threads: 2)

  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pare-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// A small network that has learned the digits.
  private func trained(_ data: Dataset) throws -> Model {
    let splits = try data.trainingSplits(seed: 0)
    var configuration = TrainingConfiguration(epochs: 12, batchSize: 64, rate: 0.05)
    configuration.augmentation = "shift"
    return try Trainer(configuration, engine: engine)
      .train(try Zoo.model(ZooReference(parsing: "zoo:digits_separable")), on: splits.training).model
  }

  private func request(_ model: Model, _ data: Dataset, targets: String, output: URL) throws -> CompressionRequest {
    var wishes = CompressionWishes()
    wishes.targets = try CompressionTarget.parse(targets)
    (wishes.epochs, wishes.batchSize, wishes.calibrationSamples) = (10, 64, 128)
    let settings = try CompressionPlan.settings(for: model, hasLabels: true, wishes: wishes)
    var request = CompressionRequest(
      inputName: "digits", model: model, data: data, settings: settings, output: output, engine: engine)
    request.version = "test"
    return request
  }

  @Test func composesMethodsUnderABudget() throws {
    let output = try folder()
    defer { try? FileManager.default.removeItem(at: output) }
    let data = try Dataset(parsing: "digits")
    let model = try trained(data)
    let document = try Compression(request(model, data, targets: "macs=0.5,size=0.6", output: output)).run()

    let before = try #require(document.before.top1)
    let after = try #require(document.after.top1)
    #expect(before > 0.95)
    #expect(after > before - 0.06)
    let macs = (before: try #require(document.before.macs), after: try #require(document.after.macs))
    #expect(macs.after <= macs.before / 2)
    #expect(document.exitCode == 0)
    #expect(document.targets.map(\.met) == [true, true])
    #expect(document.stages.map(\.name) == ["prune", "train", "quantize"])
    // The last training has seen what was held out, and says so.
    #expect(document.stages[1].note?.contains("held-out") == true)
    #expect(document.stages[1].epochs.allSatisfy { $0.top1 == nil })

    for name in ["model.onnx", "model.pare", "model.float.onnx", "report.html", "report.json", "settings.yaml"] {
      #expect(FileManager.default.fileExists(atPath: output.appendingPathComponent(name).path), "\(name)")
    }
    #expect(!FileManager.default.fileExists(atPath: output.appendingPathComponent(".stages").path))
    // What the report says is what the file is.
    let written = try ONNXFile.read(output.appendingPathComponent("model.onnx"))
    let accuracy = try AccuracyMeasurement.measure(written, on: data.split(.test), engine: engine)
    #expect(accuracy.top1 == after)
    let bytes = try Data(contentsOf: output.appendingPathComponent("model.onnx")).count
    #expect(document.after.fileBytes == bytes)
    let packed = output.appendingPathComponent("model.pare")
    #expect(
      try ModelFile.read(packed).graph.parameters.mapValues(\.tensor) == written.graph.parameters.mapValues(\.tensor))
    #expect(document.after.pareFileBytes == (try Data(contentsOf: packed).count))
    #expect(try #require(document.before.pareFileBytes) > (document.after.pareFileBytes ?? .max))
    let json = try Data(contentsOf: output.appendingPathComponent("report.json"))
    #expect(try ReportDocument(jsonData: json) == document)
  }

  @Test func aTargetOutOfReachIsSaidAndTheBestIsWritten() throws {
    let output = try folder()
    defer { try? FileManager.default.removeItem(at: output) }
    let data = try Dataset(parsing: "digits")
    let document = try Compression(request(trained(data), data, targets: "size=2kB", output: output)).run()
    #expect(document.exitCode == 75)
    #expect(document.targets.map(\.met) == [false])
    #expect(FileManager.default.fileExists(atPath: output.appendingPathComponent("model.onnx").path))
  }

  /// Smaller steps are worth their time where a training repairs the network between them.
  @Test func withoutTrainingNoStepIsHalved() throws {
    let output = try folder()
    defer { try? FileManager.default.removeItem(at: output) }
    let data = try Dataset(parsing: "digits")
    var wishes = CompressionWishes()
    wishes.targets = try CompressionTarget.parse("macs=0.3")
    (wishes.epochs, wishes.criterion, wishes.selection) = (0, "random", .uniform)
    let model = try trained(data)
    var request = try request(model, data, targets: "macs=0.3", output: output)
    request.settings = try CompressionPlan.settings(for: model, hasLabels: true, wishes: wishes)
    let notes = Notes()
    request.observer.onNote = { notes.texts.append($0) }
    let document = try Compression(request).run()
    #expect(document.targets.map(\.met) == [true])
    // Steps there are, and what they lose would have them halved.
    let steps = notes.texts.filter { $0.hasPrefix("step ") }
    #expect(try #require(document.after.top1) < 0.4)
    #expect(steps.count > 1 && !steps.contains { $0.contains("halved") })
  }

  /// The bytes that the report tells are those of the file that was asked for, and so is the network that is measured.
  @Test func aPareFileIsMeasuredAsItIsWritten() throws {
    let output = try folder()
    defer { try? FileManager.default.removeItem(at: output) }
    let data = try Dataset(parsing: "digits")
    var request = try request(trained(data), data, targets: "macs=0.9", output: output)
    request.settings.stages.removeAll { $0.stage is QuantizeStage }
    request.settings.targets = []
    let file = output.appendingPathComponent("net.pare")
    request.singleFile = file
    let document = try Compression(request).run()
    let bytes = try Data(contentsOf: file).count
    #expect(document.after.fileBytes == bytes)
    #expect(document.outputs.map(\.bytes) == [bytes])
    let accuracy = try AccuracyMeasurement.measure(ModelFile.read(file), on: data.split(.test), engine: engine)
    #expect(accuracy.top1 == document.after.top1)
  }

  @Test func whatWasFinishedIsNotDoneAgain() throws {
    let output = try folder()
    defer { try? FileManager.default.removeItem(at: output) }
    let data = try Dataset(parsing: "digits")
    let model = try trained(data)
    var broken = try request(model, data, targets: "macs=0.6", output: output)
    let stop = StopToken()
    broken.stop = stop
    broken.observer.onStage = { number, _, _ in if number == 2 { stop.stop() } }
    #expect(throws: PareError.self) { try Compression(broken).run() }

    var resumed = try request(model, data, targets: "macs=0.6", output: output)
    resumed.resumes = true
    var pruned = 0
    resumed.observer.onWork = { what, _, _ in if what.contains("sensitivity") { pruned += 1 } }
    let document = try Compression(resumed).run()
    #expect(pruned == 0)

    let unbroken = try folder()
    defer { try? FileManager.default.removeItem(at: unbroken) }
    _ = try Compression(request(model, data, targets: "macs=0.6", output: unbroken)).run()
    let files = [output, unbroken].map { $0.appendingPathComponent("model.onnx") }
    let bytes = try files.map { try Data(contentsOf: $0) }
    #expect(bytes[0] == bytes[1])
    #expect(document.stages.count == 3)
  }
}

/// What an observer was told.
private final class Notes {
  var texts: [String] = []
}
