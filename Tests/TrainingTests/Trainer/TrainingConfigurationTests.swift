import Foundation
import Testing

@testable import Training

@Suite struct TrainingConfigurationTests {
  @Test func survivesJSON() throws {
    var configuration = TrainingConfiguration(epochs: 3, batchSize: 7, rate: 0.2, seed: 9)
    configuration.schedule = NamedSchedule(StepDecay(milestones: [0.25], gamma: 0.5))
    configuration.optimizer = .adamw()
    configuration.clipNorm = 2
    configuration.groups.rules = [.init("fc.*", rateFactor: 0.1, weightDecay: 0)]
    let json = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: json) == configuration)
  }

  @Test func missingKeysHaveDefaults() throws {
    let text = #"{"epochs": 4, "schedule": "cosine"}"#
    let configuration = try JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8))
    var wanted = TrainingConfiguration(epochs: 4)
    wanted.schedule = NamedSchedule(CosineDecay())
    #expect(configuration == wanted)
  }
}
