import Tensors
import Testing

@testable import PareFormat

struct GapsTests {
  private func gaps(_ positions: [Int], places: Int) -> Gaps {
    var gaps = Gaps()
    for position in positions { gaps.append(position) }
    gaps.finish(places: places)
    return gaps
  }

  /// Gaps of 2, 0 and 600 = 255 + 255 + 90, and 3 places behind the last position.
  @Test func aLongGapIsFilled() throws {
    let gaps = gaps([2, 3, 604], places: 608)
    #expect(gaps.bytes == [2, 0, 255, 255, 90, 3])
    #expect(gaps.count == 3)
    var positions: [Int] = []
    try Gaps(gaps.bytes, places: 608).forEachPosition { positions.append($0) }
    #expect(positions == [2, 3, 604])
  }

  @Test(
    arguments: [
      ([], 0, [0]), ([], 1, [1]), ([], 254, [254]), ([], 255, [255, 0]), ([], 510, [255, 255, 0]), ([0], 1, [0, 0]),
      ([254], 255, [254, 0]), ([255], 256, [255, 0, 0]), ([0, 256], 512, [0, 255, 0, 255, 0]),
    ] as [([Int], Int, [UInt8])])
  func edges(positions: [Int], places: Int, bytes: [UInt8]) throws {
    #expect(gaps(positions, places: places).bytes == bytes)
    var found: [Int] = []
    try Gaps(bytes, places: places).forEachPosition { found.append($0) }
    #expect(found == positions)
  }

  @Test(
    arguments: [
      ([], 0), ([255], 255), ([1], 0), ([1], 2), ([0, 0], 0), ([5, 5, 5], 16), ([255, 255, 0], 509), ([3, 0], 3),
      ([0, 255], 256), ([0, 0, 0], 1),
    ] as [([UInt8], Int)])
  func gapsThatDoNotFitAreRefused(bytes: [UInt8], places: Int) {
    #expect(throws: PareError.self) { try Gaps(bytes, places: places) }
  }
}
