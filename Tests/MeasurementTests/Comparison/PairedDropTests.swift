import Tensors
import Testing

@testable import Measurement

@Suite struct PairedDropTests {
  /// 100 samples, 80 right before; 6 lost, 2 gained: drop 0.04, s² = (8 - 100 * 0.0016) / 99.
  @Test func byHand() throws {
    let before = (0..<100).map { $0 < 80 }
    let after = (0..<100).map { ($0 >= 6 && $0 < 80) || $0 >= 98 }
    let drop = try PairedDrop(before: before, after: after)
    #expect(drop.lost == 6 && drop.gained == 2 && drop.count == 100)
    #expect(abs(drop.drop - 0.04) < 1e-12)
    let half = 1.959963984540054 * (7.84 / 99 / 100).squareRoot()
    #expect(abs(drop.upper - (0.04 + half)) < 1e-12)
    #expect(abs(drop.lower - (0.04 - half)) < 1e-12)
  }

  @Test func equalAnswersHaveNoInterval() throws {
    let drop = try PairedDrop(before: [true, false], after: [true, false])
    #expect(drop.drop == 0 && drop.lower == 0 && drop.upper == 0)
  }

  @Test func otherSamplesAreAnError() {
    #expect(throws: PareError.self) { try PairedDrop(before: [true], after: [true, false]) }
    #expect(throws: PareError.self) { try PairedDrop(before: [], after: []) }
  }
}
