import Testing

@testable import Datasets
@testable import Tensors

@Suite struct SplitTests {
  @Test func heldOutSamplesAreATenthOfEachClass() throws {
    let dataset = try Dataset(parsing: "digits")
    let (training, heldOut) = try dataset.trainingSplits(seed: 1)
    #expect(Set(training.samples).isDisjoint(with: heldOut.samples))
    #expect(try Set(training.samples + heldOut.samples) == Set(dataset.split(.train).samples))
    for digit in 0..<10 {
      let (kept, held) = (training.labels!.filter { $0 == digit }.count, heldOut.labels!.filter { $0 == digit }.count)
      #expect(abs(Double(held) - Double(kept + held) / 10) <= 0.5)
    }
    #expect(try dataset.trainingSplits(seed: 1).heldOut.samples == heldOut.samples)
    #expect(try dataset.trainingSplits(seed: 2).heldOut.samples != heldOut.samples)
  }

  @Test func smallClassesAreInBothParts() {
    let parts = Stratification.divide(count: 5, labels: [0, 0, 1, 1, 2], fraction: 0.1, seed: 0)
    #expect(parts.chosen.count == 2)
    #expect(parts.rest.contains(4))
  }

  @Test func samplesOfASplitAreSpreadAndSeeded() throws {
    let train = try Dataset(parsing: "digits").split(.train)
    let few = train.sample(atMost: 100, seed: 5)
    #expect(few.count == 100)
    #expect((0..<10).allSatisfy { digit in (few.labels ?? []).filter { $0 == digit }.count >= 8 })
    #expect(train.sample(atMost: 100, seed: 5).samples == few.samples)
    #expect(train.sample(atMost: 7, seed: 5).count == 7)
    #expect(train.sample(atMost: -1, seed: 5).count == 0)
    let shuffled = few.shuffled(seed: 5)
    #expect(shuffled.samples != few.samples && shuffled.samples.sorted() == few.samples)
    #expect(shuffled.samples == few.shuffled(seed: 5).samples && shuffled.samples != few.shuffled(seed: 6).samples)
    let labels = Dictionary(uniqueKeysWithValues: zip(few.samples, few.labels ?? []))
    #expect(zip(shuffled.samples, shuffled.labels ?? []).allSatisfy { labels[$0] == $1 })
  }

  @Test func fingerprintsFollowTheContent() throws {
    let train = try Dataset(parsing: "digits").split(.train)
    #expect(try train.fingerprint() == train.fingerprint())
    #expect(try train.fingerprint() != train.subset(Array(1..<train.count)).fingerprint())
    #expect(try train.subset([0, 1]).fingerprint() != train.subset([1, 0]).fingerprint())
  }

  @Test func oneSampleCannotBeDivided() throws {
    let one = try Dataset(parsing: "digits").split(.train).subset([0])
    #expect(throws: PareError.self) { try one.dividing(seed: 0) }
  }
}
