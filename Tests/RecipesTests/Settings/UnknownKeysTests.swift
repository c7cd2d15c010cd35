import Foundation
import Tensors
import Testing

@testable import Recipes

@Suite("Keys that no setting has")
struct UnknownKeysTests {
  private static let recipe = """
    targets: [macs=0.5]
    stages:
    - stage: prune
      criterion: l1
      fine_tune_epochs: 2
      training: {epochs: 1, optimizer: {sgd: {momentum: 0.9, nesterov: true}}, schedule: {name: cosine, floor: 0}}
    - stage: sparsify
      pruning: {sparsity: 0.5, schedule: agp}
      training:
        rate: 0.1
    - stage: lottery
      lottery: {criterion: movement}
      training: {}
    - stage: quantize
      quantization: {calibration: minmax, samples: 32}
    seed: 3
    """

  private func read(_ text: String) throws -> CompressionSettings {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    return try CompressionSettings(contentsOf: file)
  }

  @Test("a recipe of known keys is read, and its own text again")
  func known() throws {
    let settings = try read(Self.recipe)
    #expect(settings.stages.count == 4 && settings.seed == 3)
    #expect(try read(settings.yaml()) == settings)
  }

  @Test(
    "each is refused with its line, its place, and the name that was meant",
    arguments: [
      ("targets: [macs=0.5]", "target: [macs=0.5]", "line 1", "\"target\"", "\"targets\""),
      ("criterion: l1", "criterion: l1\n  flor: 0.2", "line 5", "\"stages[0].flor\"", "\"floor\""),
      ("criterion: l1", "criterium: l1", "line 4", "\"stages[0].criterium\"", "\"criterion\""),
      ("schedule: agp", "scheduel: agp", "line 8", "\"stages[1].pruning.scheduel\"", "\"schedule\""),
      ("rate: 0.1", "rat: 0.1", "line 10", "\"stages[1].training.rat\"", "\"rate\""),
      ("rate: 0.1", "batchSize: 3", "line 10", "\"stages[1].training.batchSize\"", "\"batch_size\""),
      ("floor: 0}", "flor: 0}", "line 6", "\"stages[0].training.schedule.flor\"", "\"floor\""),
      ("nesterov: true", "nestorov: true", "line 6", "optimizer.sgd.nestorov\"", "\"nesterov\""),
      ("criterion: movement", "survivor: redraw", "line 12", "\"stages[2].lottery.survivor\"", "\"survivors\""),
      ("samples: 32", "sampls: 32", "line 15", "\"stages[3].quantization.sampls\"", "\"samples\""),
      ("rate: 0.1", "zzz: 0.1", "line 10", "\"stages[1].training.zzz\"", "there are accumulation"),
    ])
  func refused(_ part: String, _ other: String, _ line: String, _ place: String, _ meant: String) throws {
    let text = Self.recipe.replacingOccurrences(of: part, with: other)
    let error = #expect(throws: PareError.self) { try read(text) }
    let message = error?.message ?? ""
    for word in [line, place, meant] { #expect(message.contains(word), "\(word) is not in: \(message)") }
    #expect(error?.context.contains { $0.key == "file" } == true && error?.code == .badInput)
  }

  @Test("a key that is missing altogether is named, and no other is suspected")
  func missing() throws {
    let error = #expect(throws: PareError.self) { try read("stages: []\nseed: 1") }
    #expect(error?.message.contains("targets: it is missing") == true, "\(error?.message ?? "")")
  }

  @Test("the nearest name, where it is near enough")
  func nearest() {
    let names = ["rate", "batch_size", "epochs", "schedule"]
    #expect(NearestName.of("rates", among: names) == "rate")
    #expect(NearestName.of("BatchSize", among: names) == "batch_size")
    #expect(NearestName.of("schedul", among: names) == "schedule")
    #expect(NearestName.of("momentum", among: names) == nil && NearestName.of("rate", among: []) == nil)
    #expect(NearestName.distance(Array("kitten"), Array("sitting")) == 3)
    #expect(NearestName.distance([], Array("abc")) == 3 && NearestName.distance(Array("abc"), []) == 3)
  }
}
