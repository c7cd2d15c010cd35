import Testing

@testable import Datasets
@testable import Tensors

@Suite struct DigitsTests {
  @Test func countsAreThoseOfScikitLearn() throws {
    let dataset = try Dataset(parsing: "digits")
    let (train, test) = (try dataset.split(.train), try dataset.split(.test))
    let labels = (train.labels ?? []) + (test.labels ?? [])
    let counts = (0..<10).map { digit in labels.filter { $0 == digit }.count }
    #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    #expect(
      (0..<10).map { digit in test.labels?.filter { $0 == digit }.count } == [36, 36, 35, 37, 36, 36, 36, 36, 35, 36])
    #expect(Set(train.samples).isDisjoint(with: test.samples))
  }

  @Test func pixelsAreLevelsOfSixteen() throws {
    let train = try Dataset(parsing: "digits").split(.train)
    let images = try train.batch(Array(0..<train.count)).inputs["input"]!
    #expect(images.shape == [train.count, 1, 8, 8])
    #expect(Set(images.floats) == Set((0...16).map { Float($0) / 16 }))
  }

  @Test func theFirstImageIsThatOfScikitLearn() throws {
    // load_digits().images[0], a zero.
    let expected: [Float] = [
      0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0, 0, 4, 12, 0, 0, 8, 8, 0, 0, 5, 8,
      0,
      0, 9, 8, 0, 0, 4, 11, 0, 1, 12, 7, 0, 0, 2, 14, 5, 10, 12, 0, 0, 0, 0, 6, 13, 10, 0, 0, 0,
    ]
    let dataset = try Dataset(parsing: "digits")
    for split in [try dataset.split(.train), try dataset.split(.test)] {
      guard let position = split.samples.firstIndex(of: 0) else { continue }
      #expect(split.labels?[position] == 0)
      #expect(try split.batch([position]).inputs["input"]?.floats == expected.map { $0 / 16 })
    }
  }

  @Test func otherSizesAndChannelsAreMade() throws {
    let options = LoadingOptions(preparation: Preparation(height: 32, width: 32), inputName: "x")
    let batch = try Dataset(parsing: "digits", options: options).split(.test).batch([0, 1])
    #expect(batch.inputs["x"]?.shape == [2, 3, 32, 32])
    #expect(batch.inputs["x"]?.floats.max() ?? 0 > 0.8)
  }
}
