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

  @Test(arguments: [
    ("Name:\tpare\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2), ("Cpus_allowed:\tff,00000001\n", 9),
    ("Cpus_allowed:\t0\n", nil), ("Name:\tpare\n", nil),
  ])
  func maskOfAProcess(status: String, processors: Int?) {
    #expect(Processors.allowed(in: status) == processors)
  }

  @Test func noMoreThanTheMachineHas() {
    #expect((1...ProcessInfo.processInfo.activeProcessorCount).contains(Processors.available))
  }
}
