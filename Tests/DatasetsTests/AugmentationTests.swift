import Testing

@testable import Datasets
@testable import Tensors

@Suite struct AugmentationTests {
  /// A 3 x 4 image with the numbers 1 to 12, placed.
  private func placed(_ placement: Placement, layout: Preparation.Layout = .nchw) -> [Float] {
    let writer = PixelWriter(
      Preparation(height: 3, width: 4, channelOrder: .grey, layout: layout), divisor: 1)
    var out = [Float](repeating: -1, count: 12)
    writer.write((1...12).map { UInt8($0) }, placement, to: &out, at: 0)
    return out
  }

  @Test func placementsShiftAndMirror() {
    #expect(placed(.identity) == (1...12).map { Float($0) })
    #expect(
      placed(Placement(down: 1, right: -1, isFlipped: false)) == [0, 5, 6, 7, 0, 9, 10, 11, 0, 0, 0, 0])
    #expect(placed(Placement(down: 0, right: 0, isFlipped: true)) == [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9])
    #expect(placed(Placement(down: -1, right: 2, isFlipped: true)) == [0, 0, 0, 0, 2, 1, 0, 0, 6, 5, 0, 0])
    #expect(placed(Placement(down: 9, right: -9, isFlipped: false)).allSatisfy { $0 == 0 })
  }

  @Test func identifiersAreUniqueAndFound() throws {
    let names = AugmentationPolicies.all.map { $0.identifier }
    #expect(Set(names).count == names.count)
    for name in names { #expect(type(of: try AugmentationPolicies.named(name)).identifier == name) }
    #expect(throws: PareError.self) { try AugmentationPolicies.named("mixup") }
  }

  @Test func drawsStayInRange() {
    var random = RandomSource(seed: 1)
    let placements = (0..<2000).map { _ in CropFlip().placement(from: &random) }
    #expect(Set(placements.map(\.down)) == Set(-4...4))
    #expect(Set(placements.map(\.right)) == Set(-4...4))
    #expect((800...1200).contains(placements.filter(\.isFlipped).count))
    #expect((0..<100).allSatisfy { _ in !Shift().placement(from: &random).isFlipped })
  }
}
