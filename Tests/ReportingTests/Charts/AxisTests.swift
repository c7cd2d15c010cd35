import Testing

@testable import Reporting

struct AxisTests {
  @Test func ticksAreRoundAndCoverTheValues() {
    let axis = Axis(over: [0.887, 0.9354])
    #expect(axis.ticks.map { ($0 * 1000).rounded() / 1000 } == [0.88, 0.9, 0.92, 0.94])
    #expect(axis.decimals == 2)
    #expect(axis.position(of: axis.lower) == 0 && axis.position(of: axis.upper) == 1)
  }

  @Test func tightAxisEndsWithTheValues() {
    let axis = Axis(over: [1, 24], isTight: true)
    #expect(axis.lower == 1 && axis.upper == 24 && axis.ticks == [10, 20])
  }

  @Test(arguments: [[], [Double.nan], [0.5], [3, 3, 3], [-1e300, 1e300], [0, 0]])
  func oddValuesGiveAFiniteAxis(values: [Double]) {
    for axis in [Axis(over: values), Axis(over: values, includingZero: true), Axis(over: values, isTight: true)] {
      #expect(axis.lower.isFinite && axis.upper.isFinite && axis.lower <= axis.upper)
      #expect(axis.ticks.count < 30 && axis.ticks.allSatisfy(\.isFinite))
    }
  }

  @Test func zeroIsIncludedWhereAsked() {
    #expect(Axis(over: [0.4, 1], includingZero: true).lower == 0)
  }
}
