import Foundation
import Testing

@testable import Training

@Suite struct ScheduleTests {
  /// Printed with eight digits by `Scripts/reference/training.py`.
  private let tolerance = 1e-8

  @Test func oneCycleFollowsPyTorch() {
    let wanted = [
      0.04, 0.13167184, 0.37167184, 0.66832816, 0.90832816, 1, 0.98746401, 0.95048463, 0.89091618, 0.81174565, 0.716943,
      0.61126202, 0.500002, 0.38874198, 0.28306100, 0.18825835, 0.10908782, 0.04951937, 0.01253999, 0.000004,
    ]
    let schedule = OneCycle()
    for (update, factor) in wanted.enumerated() {
      #expect(abs(schedule.factor(update: update, of: 20) - factor) < tolerance, "update \(update)")
    }
  }

  @Test func cosineFollowsPyTorch() {
    let wanted = [1, 0.96193977, 0.85355339, 0.69134172, 0.5, 0.30865828, 0.14644661, 0.03806023]
    for (update, factor) in wanted.enumerated() {
      #expect(abs(CosineDecay().factor(update: update, of: 8) - factor) < tolerance)
    }
  }

  @Test func stepFollowsPyTorch() {
    let factors = (0..<12).map { StepDecay().factor(update: $0, of: 12) }
    let wanted = [1, 1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01]
    #expect(zip(factors, wanted).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func warmupRisesLinearly() {
    let schedule = NamedSchedule(CosineDecay())
    let factors = (0..<4).map { schedule.factor(update: $0, of: 12, warmup: 4) }
    #expect(factors == [0.25, 0.5, 0.75, 1])
    #expect(schedule.factor(update: 4, of: 12, warmup: 4) == 1)
    #expect(abs(schedule.factor(update: 8, of: 12, warmup: 4) - 0.5) < 1e-12)
  }

  @Test func shortTrainingsHaveARate() {
    for type in Schedules.all {
      for updates in 1...5 {
        for update in 0..<updates {
          let factor = type.init().factor(update: update, of: updates)
          #expect(factor.isFinite && factor >= 0 && factor <= 1, "\(type.identifier) \(update) of \(updates)")
        }
      }
    }
  }

  @Test func everyScheduleIsListedOnceAndSurvivesJSON() throws {
    #expect(Set(Schedules.all.map { $0.identifier }).count == Schedules.all.count)
    for type in Schedules.all {
      let named = NamedSchedule(type.init())
      #expect(try JSONDecoder().decode(NamedSchedule.self, from: JSONEncoder().encode(named)) == named)
      #expect(try NamedSchedule(named: type.identifier) == named)
      #expect(!type.summary.isEmpty)
    }
  }
}
