import Foundation
import Testing

@testable import Datasets
@testable import Tensors

@Suite struct BatchLoaderTests {
  private func digits() throws -> Split { try Dataset(parsing: "digits").split(.train).subset(Array(0..<100)) }

  private func all(_ loader: BatchLoader) throws -> [Batch] {
    var batches: [Batch] = []
    while let batch = try loader.next() { batches.append(batch) }
    return batches
  }

  @Test func evaluationVisitsEverySampleInOrder() throws {
    let batches = try all(BatchLoader(digits(), .evaluation(batchSize: 32)))
    #expect(batches.map(\.count) == [32, 32, 32, 4])
    #expect(batches.flatMap(\.positions) == Array(0..<100))
    #expect(batches[3].inputs["input"]?.shape == [4, 1, 8, 8])
    #expect(try batches.flatMap { $0.labels!.integers } == digits().labels)
  }

  @Test func trainingVisitsFullBatchesInANewOrderEachEpoch() throws {
    let batches = try all(BatchLoader(digits(), .training(batchSize: 32, seed: 4), epochs: 0..<2))
    #expect(batches.map(\.epoch) == [0, 0, 0, 1, 1, 1])
    #expect(batches.map(\.index) == [0, 1, 2, 0, 1, 2])
    let first = batches[..<3].flatMap(\.positions)
    #expect(Set(first).count == 96)
    #expect(first != batches[3...].flatMap(\.positions))
  }

  @Test func resumedLoadingEqualsUnbrokenLoading() throws {
    let plan = BatchPlan.training(batchSize: 16, seed: 9, augmentation: CropFlip(pad: 2, flip: true))
    let unbroken = try all(BatchLoader(digits(), plan, epochs: 0..<3))
    let resumed = try all(BatchLoader(digits(), plan, epochs: 1..<3, startingAt: 4))
    #expect(resumed.count == 8)
    for (a, b) in zip(unbroken.suffix(8), resumed) {
      #expect(a.positions == b.positions)
      #expect(a.inputs == b.inputs)
    }
  }

  @Test func batchesThatAreKeptAreNotWrittenOver() throws {
    let split = try digits()
    for batch in try all(BatchLoader(split, .training(batchSize: 8, seed: 1), epochs: 0..<3)) {
      #expect(try batch.inputs == split.batch(batch.positions).inputs)
    }
  }

  @Test func augmentationFollowsTheImageNotItsPlace() throws {
    let plan = BatchPlan.training(batchSize: 10, seed: 2, augmentation: Shift())
    let samples = [5, 17, 40]
    #expect(plan.placements(epoch: 1, samples: samples)?.reversed() == plan.placements(epoch: 1, samples: [40, 17, 5]))
    #expect(plan.placements(epoch: 1, samples: samples) != plan.placements(epoch: 2, samples: samples))
  }

  @Test func faultsComeOutOfNext() throws {
    let folder = try TemporaryFolder()
    for index in 0..<6 { try folder.write(Fixtures.bytes("rgb.png"), to: "\(index).png") }
    try folder.write([1, 2, 3], to: "4.png")
    let split = try Dataset(parsing: "images:\(folder.path)", options: LoadingOptions(memoryLimit: 0)).split(.train)
    let loader = try BatchLoader(split, .evaluation(batchSize: 2))
    #expect(try loader.next()?.count == 2)
    #expect(try loader.next()?.count == 2)
    let fault = #expect(throws: PareError.self) { try loader.next() }
    #expect(fault?.context.first?.value.hasSuffix("4.png") == true)
  }

  @Test func cancellingEndsTheThread() throws {
    let loader = try BatchLoader(digits(), .training(batchSize: 4, seed: 0), epochs: 0..<1000)
    #expect(try loader.next() != nil)
    loader.cancel()
    #expect(try loader.next() == nil)
    for _ in 0..<200 where !loader.isFinished { Thread.sleep(forTimeInterval: 0.01) }
    #expect(loader.isFinished)
  }

  @Test func plansThatGiveNoBatchAreRefused() throws {
    let split = try digits()
    #expect(throws: PareError.self) { try BatchLoader(split, .training(batchSize: 101, seed: 0)) }
    #expect(throws: PareError.self) { try BatchLoader(split, .evaluation(batchSize: 0)) }
    #expect(throws: PareError.self) { try BatchLoader(split, .evaluation(batchSize: 50), startingAt: 3) }
  }
}
