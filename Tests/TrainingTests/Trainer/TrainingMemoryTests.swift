import Datasets
import Engine
import Foundation
import Testing

@testable import Training

@Suite struct TrainingMemoryTests {
  /// Pages that are resident, in bytes; nil elsewhere than on Linux.
  private static var residentBytes: Int? {
    (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))
      .flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
      .map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
  }

  private static let first = 100
  private static let last = 10_000

  /// A step allocates nothing that stays: from update 100 to update 10,000 resident memory grows by less than 1 MiB,
  /// evaluations after the epochs included.
  @Test(
    .enabled(if: residentBytes != nil, "resident memory is read from /proc"),
    arguments: [ProgramOptions.Precision.float32, .bfloat16])
  func memoryStaysBetweenStep100And10000(precision: ProgramOptions.Precision) throws {
    let splits = try Dataset(parsing: "digits").trainingSplits(seed: 0)
    let batch = 16
    let epochs = Self.last / (splits.training.count / batch) + 1
    var configuration = TrainingConfiguration(epochs: epochs, batchSize: batch, rate: 0.01)
    configuration.augmentation = "shift"
    configuration.precision = precision
    configuration.evaluateEvery = 10
    var trainer = Trainer(configuration, engine: Engine(threads: 1))
    var updates = 0
    var resident: [Int: Int] = [:]
    trainer.afterUpdate = { _ in
      updates += 1
      if updates == Self.first || updates == Self.last { resident[updates] = Self.residentBytes }
    }
    _ = try trainer.train(
      SmallNetworks.digitsPerceptron(hidden: 16), on: splits.training, judgedBy: splits.heldOut)
    let growth = try #require(resident[Self.last]) - #require(resident[Self.first])
    #expect(growth < 1 << 20, "\(growth) bytes more are resident after \(updates) updates")
  }
}
