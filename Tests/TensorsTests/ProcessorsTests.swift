import Foundation
import Testing

@testable import Tensors

@Suite struct ProcessorsTests {
  @Test(arguments: [
    ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000", 2), ("50000 100000", 1), ("-1\n", nil),
    ("400000\n", 4), ("", nil), ("100000 0", nil),
  ])
  func shareOfAControlGroup(limit: String, processors: Int?) {
    #expect(Processors.share(of: limit) == processors)
  }

  @Test func noMoreThanTheMachineHas() {
    #expect((1...ProcessInfo.processInfo.activeProcessorCount).contains(Processors.available))
  }
}
