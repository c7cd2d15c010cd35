import Tensors
import Testing

@testable import Pruning

@Suite("Criteria of lottery tickets")
struct MaskCriterionTests {
  /// Mean sizes 2 and 1: the factor is 2.
  private let initial: [Float] = [1, -2, 3, -2]
  private let final: [Float] = [0.5, 1, -1.5, -1]

  private func scores(_ criterion: MaskCriterion, _ initial: [Float], _ final: [Float]) -> [Double] {
    criterion.weightScores(of: final, named: "w", given: WeightContext(initial: ["w": initial]))
  }

  @Test(
    "scores, worked by hand",
    arguments: [
      (.largeFinal, [0.5, 1, 1.5, 1]), (.smallFinal, [-0.5, -1, -1.5, -1]), (.largeInit, [1, 2, 3, 2]),
      (.smallInit, [-1, -2, -3, -2]), (.magnitudeIncrease, [-0.5, -1, -1.5, -1]), (.movement, [0.5, 3, 4.5, 1]),
      (.largeFinalSameSign, [0.5, 0, 0, 1]), (.largeFinalDifferentSign, [0, 1, 1.5, 0]),
    ] as [(MaskCriterion, [Double])])
  func worked(_ criterion: MaskCriterion, _ wanted: [Double]) {
    #expect(scores(criterion, initial, final) == wanted)
  }

  @Test("values before and after are weighed by their mean sizes, worked by hand")
  func weighed() {
    // The factor is 2 / 1.5 for sizes (1, 2, 3, 2) and (3, 1.5, 0, 1.5): (4, 2, 0, 2) beside (1, 2, 3, 2).
    let final: [Float] = [3, -1.5, 0, 1.5]
    #expect(scores(.largeInitLargeFinal, initial, final) == [1, 2, 0, 2])
    #expect(scores(.smallInitSmallFinal, initial, final) == [-4, -2, -3, -2])
    #expect(scores(.largeInitLargeFinal, initial, [0, 0, 0, 0]) == [0, 0, 0, 0])
  }

  @Test("permuting weights permutes their scores", arguments: MaskCriterion.allCases.filter { $0 != .random })
  func equivariant(_ criterion: MaskCriterion) {
    let order = [2, 0, 3, 1]
    let plain = scores(criterion, initial, final)
    #expect(scores(criterion, order.map { initial[$0] }, order.map { final[$0] }) == order.map { plain[$0] })
  }

  @Test("a draw does not look at the weights")
  func random() {
    #expect(scores(.random, initial, final) == scores(.random, final, initial))
    #expect(Set(scores(.random, initial, final)).count == 4)
  }
}
