import Testing

@testable import Reporting

struct JudgementTests {
  @Test func everythingHeldIsYes() {
    let verdict = SampleDocument.full.judged()
    #expect(verdict.ship == .yes && verdict.reasons.count == 3)
  }

  @Test func missedTargetIsNo() {
    var document = SampleDocument.full
    document.targets[0].met = false
    let verdict = document.judged()
    #expect(verdict.ship == .no)
    #expect(
      verdict.reasons == [
        "The target for size on disk is missed: 15.3 % of original reached, 20 % of original asked."
      ])
  }

  @Test func dropBeyondTheGuardIsNo() {
    var document = SampleDocument.full
    document.guards = .init(maxDrop: 0.005, minTop1: 0.93)
    let verdict = document.judged()
    #expect(verdict.ship == .no && verdict.reasons.count == 2)
  }

  @Test func intervalBeyondTheGuardIsWithCare() {
    var document = SampleDocument.full
    document.drop = .init(value: 0.0058, low: 0.0001, high: 0.0115)
    let verdict = document.judged()
    #expect(verdict.ship == .withCare && verdict.reasons.first?.contains("1.15 points") == true)
  }

  @Test func slowerThanTheOriginalIsWithCare() {
    var document = SampleDocument.full
    document.after.latencyMs = 0.9
    #expect(document.judged().ship == .withCare)
  }

  @Test func oneClassThatSuffersIsWithCare() {
    var document = SampleDocument.full
    document.classes[3] = .init(name: "cat", count: 1000, before: 0.85, after: 0.76)
    #expect(document.judged().reasons == ["The class “cat” lost 9.00 points, far more than the average."])
  }

  @Test func fewSamplesOfAClassAreChance() {
    var document = SampleDocument.full
    document.classes[3] = .init(name: "cat", count: 36, before: 1, after: 32.0 / 36)
    #expect(document.judged().ship == .yes)
    document.classes[3] = .init(name: "cat", count: 36, before: 1, after: 24.0 / 36)
    #expect(document.judged().ship == .withCare)
  }

  @Test func withoutLabelsIsWithCare() {
    #expect(SampleDocument.withoutLabels.judged().ship == .withCare)
  }
}
