import Foundation
import Graphs
import Pruning
import Tensors
import Testing
import Training
import Zoo

@testable import Recipes

@Suite struct CompressionPlanTests {
  private func model(_ name: String = "zoo:resnet8") throws -> Model { try Zoo.model(ZooReference(parsing: name)) }

  private func names(_ settings: CompressionSettings) -> [String] {
    settings.stages.map { type(of: $0.stage).identifier }
  }

  private func wishes(_ targets: String) throws -> CompressionWishes {
    var wishes = CompressionWishes()
    wishes.targets = try CompressionTarget.parse(targets)
    return wishes
  }

  @Test func prunesOnlyWhereATargetAsksForIt() throws {
    #expect(
      names(try CompressionPlan.settings(for: model(), hasLabels: true, wishes: CompressionWishes())) == ["quantize"])
    #expect(
      names(try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes("macs=0.5")))
        == ["prune", "train", "quantize"])
    #expect(
      names(try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes("size=0.9"))) == ["quantize"])
    for target in ["size=0.9", "memory=0.9", "pare_size=0.9", "channels=0.9"] {
      var float = try wishes(target)
      float.quantizes = false
      #expect(
        names(try CompressionPlan.settings(for: model(), hasLabels: true, wishes: float)) == ["prune", "train"],
        "without int8 every target below the original asks for pruning")
    }
  }

  @Test func whatIsRemovedAtOnceIsTrainedBehind() throws {
    var wishes = try wishes("macs=0.5")
    (wishes.epochs, wishes.removalSteps) = (12, 1)
    let settings = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    let pruning = try #require(settings.stages[0].stage as? PruneStage)
    let training = try #require(settings.stages[1].stage as? TrainStage)
    #expect(pruning.steps == 1 && pruning.fineTuneEpochs == 0 && training.training.epochs == 12)
  }

  @Test func shortEpochsMakeWholeOnes() {
    for total in 1...60 {
      let (between, behind) = CompressionPlan.epochs(total)
      #expect(Double(between) * CompressionPlan.shortShare + Double(behind) == Double(total))
      #expect((between > 0) == (total >= 12))
    }
    #expect(CompressionPlan.epochs(3) == (0, 3) && CompressionPlan.epochs(15) == (4, 14))
  }

  @Test func channelsThatBecomeZeroAreTrainedInOneStage() throws {
    var wishes = try wishes("macs=0.5")
    (wishes.epochs, wishes.channelSchedule, wishes.quantizes) = (12, .soft, false)
    let settings = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    let pruning = try #require(settings.stages[0].stage as? PruneStage)
    #expect(names(settings) == ["prune"] && pruning.fineTuneEpochs == 12 && pruning.fineTuneShare == 1)
    #expect(pruning.schedule == .soft && pruning.training.rate == 0.03)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try settings.yaml().write(to: file, atomically: true, encoding: .utf8)
    let again = try CompressionSettings(contentsOf: file)
    #expect((again.stages[0].stage as? PruneStage) == pruning)
  }

  @Test func theControlMayHaveTheSameCompute() throws {
    var wishes = try wishes("macs=0.5")
    (wishes.epochs, wishes.startsFromScratch, wishes.matchesCompute) = (12, true, true)
    let settings = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    let training = try #require(settings.stages.compactMap { $0.stage as? TrainStage }.first)
    #expect(training.matchesCompute && training.training.epochs == 12)
    #expect(training.title.contains("as many more as they are cheaper"))
  }

  @Test func putsBatchNormalisationBackWhereItWasFolded() throws {
    var folded = try model()
    folded.graph = try folded.graph.applying(BatchNormalizationFolding(), DeadNodeElimination())
    let settings = try CompressionPlan.settings(for: folded, hasLabels: true, wishes: wishes("macs=0.5"))
    #expect(names(settings) == ["insert_batch_norm", "prune", "train", "quantize"])
    var kept = try wishes("macs=0.5")
    kept.reinsertsBatchNorm = false
    let plain = try CompressionPlan.settings(for: folded, hasLabels: true, wishes: kept)
    #expect(names(plain) == ["prune", "train", "quantize"])
    let trainings = [settings, plain].compactMap { $0.stages.compactMap { $0.stage as? TrainStage }.first?.training }
    #expect(trainings.map(\.rate) == [0.03, 0.01])
    #expect(
      trainings.map(\.clipNorm) == [nil, 5], "gradients of a network without normalisation are kept within bounds")
  }

  @Test func wishesReachTheChannels() throws {
    var wishes = try wishes("macs=0.5")
    (wishes.recalibrates, wishes.plans, wishes.roundTo) = (false, 5, 4)
    let settings = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    let pruning = try #require(settings.stages.compactMap { $0.stage as? PruneStage }.first)
    #expect(!pruning.recalibrates && pruning.plans == 5 && pruning.roundTo == 4)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try settings.yaml().write(to: file, atomically: true, encoding: .utf8)
    #expect(try CompressionSettings(contentsOf: file) == settings)
  }

  @Test func pruningNeedsLabels() throws {
    #expect(throws: PareError.self) {
      try CompressionPlan.settings(for: model(), hasLabels: false, wishes: wishes("macs=0.5"))
    }
    #expect(
      names(try CompressionPlan.settings(for: model(), hasLabels: false, wishes: CompressionWishes())) == ["quantize"])
  }

  @Test func epochsAreSharedOut() throws {
    var wishes = try wishes("macs=0.5")
    wishes.epochs = 12
    let settings = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    let pruning = try #require(settings.stages[0].stage as? PruneStage)
    let training = try #require(settings.stages[1].stage as? TrainStage)
    #expect(Double(pruning.fineTuneEpochs) * pruning.fineTuneShare + Double(training.training.epochs) == 12)
  }

  @Test func onlyTheLastTrainingLearnsFromWhatIsHeldOut() throws {
    let settings = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes("macs=0.5"))
    let training = try #require(settings.stages[1].stage as? TrainStage)
    #expect(training.usesHeldOut)
    let text = try settings.yaml().replacingOccurrences(of: "uses_held_out: true", with: "")
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    let older = try #require(try CompressionSettings(contentsOf: file).stages[1].stage as? TrainStage)
    #expect(!older.usesHeldOut)
  }

  @Test func settingsSurviveTheirFile() throws {
    var wishes = try wishes("macs=0.5,size=300kB")
    (wishes.maxDrop, wishes.minTop1, wishes.seed) = (0.01, 0.8, 7)
    let settings = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try settings.yaml().write(to: file, atomically: true, encoding: .utf8)
    #expect(try CompressionSettings(contentsOf: file) == settings)
  }

  @Test func weightsAreSetToZeroBehindTheChannels() throws {
    var wishes = try wishes("macs=0.5")
    wishes.weights = WeightPruningConfiguration(sparsity: 0.8)
    wishes.epochs = 12
    let both = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    #expect(names(both) == ["prune", "train", "sparsify", "quantize"])
    let sparsify = try #require(both.stages[2].stage as? SparsifyStage)
    #expect(sparsify.pruning.epochs == 6 && sparsify.pruning.sparsity == 0.8)
    wishes.targets = []
    let alone = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    #expect(names(alone) == ["sparsify", "quantize"])
    #expect((alone.stages[0].stage as? SparsifyStage)?.pruning.epochs == 12)
    #expect(throws: PareError.self) { try CompressionPlan.settings(for: model(), hasLabels: false, wishes: wishes) }
    wishes.epochs = 0
    #expect(
      names(try CompressionPlan.settings(for: model(), hasLabels: false, wishes: wishes)) == ["sparsify", "quantize"])
  }

  @Test func pruningWishesSurviveTheirFile() throws {
    var wishes = try wishes("macs=0.5")
    (wishes.criterion, wishes.aggregation, wishes.normalization) = ("taylor", .max, ScoreNormalization.sum)
    (wishes.selection, wishes.ignore) = (.global, ["conv1"])
    wishes.layerRatios = [LayerRatio("layer1.*", removed: 0.6)]
    wishes.weights = WeightPruningConfiguration(granularity: .pattern(kept: 2, of: 4))
    let settings = try CompressionPlan.settings(for: model(), hasLabels: true, wishes: wishes)
    let prune = try #require(settings.stages[0].stage as? PruneStage)
    #expect(prune.selection == .global && prune.normalization == .sum && prune.layerRatios == wishes.layerRatios)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try settings.yaml().write(to: file, atomically: true, encoding: .utf8)
    #expect(try CompressionSettings(contentsOf: file) == settings)
  }

  @Test func badRecipesAreRefused() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    for text in [
      "", "[1, 2", "targets: [speed=2]\nseed: 0\nstages: []", "targets: []\nseed: 0\nstages: [{stage: melt}]",
    ] {
      try text.write(to: file, atomically: true, encoding: .utf8)
      #expect(throws: PareError.self, "\(text)") { try CompressionSettings(contentsOf: file) }
    }
    #expect(throws: PareError.self) {
      try CompressionSettings(contentsOf: URL(fileURLWithPath: "/no/such/recipe.yaml"))
    }
  }

  @Test func everyStageHasItsOwnName() {
    #expect(Set(CompressionStages.all.map { $0.identifier }).count == CompressionStages.all.count)
  }
}
