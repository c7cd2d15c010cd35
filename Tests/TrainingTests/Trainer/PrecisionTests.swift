import CKernels
import Datasets
import Engine
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@testable import Training

/// Training with bfloat16 activations.
@Suite(.serialized) struct PrecisionTests {
  private func trained(
    _ precision: ProgramOptions.Precision, epochs: Int = 12, checkpoint: String? = nil
  ) throws -> TrainingResult {
    let splits = try Dataset(parsing: "digits").trainingSplits(seed: 0)
    var configuration = TrainingConfiguration(epochs: epochs, batchSize: 64, rate: 0.1, seed: 3)
    configuration.precision = precision
    configuration.evaluateEvery = epochs
    var trainer = Trainer(configuration, engine: Engine(threads: 1))
    trainer.checkpointFolder = checkpoint
    return try trainer.train(
      SmallNetworks.digitsConvolutions(), on: splits.training, judgedBy: splits.heldOut)
  }

  /// The held-out tenth has some 140 digits, of which one is 0.7 points.
  @Test func digitsAreLearnedAsWellAsInFloat32() throws {
    let (float, half) = (try trained(.float32), try trained(.bfloat16))
    let (wanted, reached) = (float.epochs.last!.top1!, half.epochs.last!.top1!)
    #expect(wanted > 0.92)
    #expect(reached > wanted - 0.02)
    #expect(abs(half.epochs.last!.trainLoss - float.epochs.last!.trainLoss) < 0.05)
    if Engine.multipliesBFloat16 { #expect(half.snapshot.parameters != float.snapshot.parameters) }
  }

  @Test func sameSeedGivesTheSameBytes() throws {
    let (first, second) = (try trained(.bfloat16, epochs: 2), try trained(.bfloat16, epochs: 2))
    #expect(first.snapshot.parameters == second.snapshot.parameters)
    #expect(first.snapshot.moments == second.snapshot.moments)
    #expect(first.epochs.map(\.trainLoss) == second.epochs.map(\.trainLoss))
  }

  /// Steps far smaller than bfloat16 could add to a weight are kept.
  @Test func checkpointsKeepFloat32Parameters() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pare-\(UUID().uuidString)").path
    let file = CheckpointFile(folder: folder)
    defer { file.remove() }
    let result = try trained(.bfloat16, epochs: 1, checkpoint: folder)
    let checkpoint = try file.read()
    #expect(checkpoint.configuration.precision == .bfloat16)
    #expect(checkpoint.snapshot.parameters == result.snapshot.parameters)
    for tensors in [checkpoint.snapshot.parameters] + checkpoint.snapshot.moments {
      #expect(tensors.values.allSatisfy { $0.dataType == .float32 || !$0.dataType.isFloat })
    }
    let weights = try #require(checkpoint.snapshot.parameters["conv1.weight"]).floats
    let exact = weights.filter { HalfPrecision.float(fromBFloat16: HalfPrecision.bfloat16Bits($0)) == $0 }
    #expect(exact.count < weights.count / 10)
  }

  @Test func whatTheProcessorLacksIsSaid() {
    var configuration = TrainingConfiguration()
    pk_force_cpu_level("avx2")
    defer { pk_force_cpu_level("") }
    #expect(configuration.precisionNote == nil)
    configuration.precision = .bfloat16
    #expect(configuration.precisionNote?.contains("float32") == true)
  }

  @Test func precisionIsReadFromARecipe() throws {
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: Data(#"{"precision": "bf16"}"#.utf8))
    #expect(read.precision == .bfloat16)
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: Data("{}".utf8)).precision == .float32)
  }
}
