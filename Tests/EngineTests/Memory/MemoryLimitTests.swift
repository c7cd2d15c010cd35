import Tensors
import Testing

@testable import Engine

struct MemoryLimitTests {
  @Test
  func valuesThatFitHaveTheirSize() throws {
    #expect(try MemoryLimit.byteCount(of: [2, 3, 4], .float32, "x") == 96)
    try MemoryLimit.check(1 << 20, batch: 1)
  }

  @Test(arguments: [[1 << 20, 1 << 30], [1 << 40, 1 << 40], [Int.max]])
  func valuesThatDoNotFitAreNamed(dimensions: [Int]) {
    let error = #expect(throws: PareError.self) {
      try MemoryLimit.byteCount(of: Shape(dimensions), .float32, "huge")
    }
    #expect(error?.code == .badInput && error?.description.contains("huge") == true)
  }

  @Test
  func theSumIsCheckedToo() {
    let error = #expect(throws: PareError.self) { try MemoryLimit.check(1 << 60, batch: 7) }
    #expect(error?.description.contains("batch of 7") == true)
  }
}
