import Tensors
import Testing

@testable import PareFormat

struct BlockLayoutTests {
  /// Of 2 x 5 x 3 elements, blocks of 2 along the middle: rows 0-1, 2-3 and 4, for each of 3 columns.
  @Test func theLastBlockHasWhatIsLeft() throws {
    let blocks = try BlockLayout(inner: 3, extent: 5, length: 2, count: 30)
    #expect(blocks.blockCount == 18)
    #expect((0..<9).map(blocks.start) == [0, 1, 2, 6, 7, 8, 12, 13, 14])
    #expect((0..<9).map(blocks.size) == [2, 2, 2, 2, 2, 2, 1, 1, 1])
    #expect((9..<12).map(blocks.start) == [15, 16, 17])
  }

  @Test func everyElementIsInOneBlock() {
    for shape in [[40, 50], [16, 9, 3, 3], [5, 70]] as [Shape] {
      for blocks in BlockLayout.usual(for: shape) {
        let places = (0..<blocks.blockCount).flatMap { block in
          (0..<blocks.size(ofBlock: block)).map { blocks.start(ofBlock: block) + $0 * blocks.inner }
        }
        #expect(places.sorted() == Array(0..<shape.count))
      }
    }
  }

  @Test func blocksWithAValueAreFound() throws {
    var elements = [UInt8](repeating: 0, count: 30)
    (elements[3], elements[14], elements[29]) = (1, 2, 3)
    let blocks = try BlockLayout(inner: 3, extent: 5, length: 2, count: 30)
    var found: [Int] = []
    elements.withUnsafeBufferPointer { blocks.forEachNonzero(in: $0) { found.append($0) } }
    #expect(found == [0, 8, 17])
  }

  @Test(arguments: [
    (0, 1, 1, 4), (1, 0, 1, 4), (1, 4, 0, 4), (1, 4, 5, 4), (3, 1, 1, 4), (1, 1, 1, 0), (Int.max, Int.max, 1, 4),
    (2, Int.max, 1, 4),
  ])
  func whatDoesNotDivideIsRefused(inner: Int, extent: Int, length: Int, count: Int) {
    #expect(throws: PareError.self) {
      try BlockLayout(inner: inner, extent: extent, length: length, count: count)
    }
  }
}
