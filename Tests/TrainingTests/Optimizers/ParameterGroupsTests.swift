import Graphs
import Testing

@testable import Training

@Suite struct ParameterGroupsTests {
  @Test(arguments: [
    ("fc.weight", "fc.weight", true), ("fc.weight", "fc.*", true), ("fc.weight", "*.weight", true),
    ("layer1.0.conv.weight", "layer*.conv.*", true), ("fc", "fc*", true), ("fc", "f*c*c", false),
    ("aba", "ab*ba", false), ("conv.bias", "*.weight", false), ("anything", "*", true),
  ])
  func patterns(name: String, pattern: String, matches: Bool) {
    #expect(ParameterGroups.matches(name, pattern) == matches)
  }

  @Test func decayIsForFiltersAndDenseWeights() {
    let groups = ParameterGroups()
    #expect(groups.settings(for: "w", role: .weight, weightDecay: 0.1).weightDecay == 0.1)
    for role in [Graphs.ParameterRole.bias, .normalizationScale, .normalizationShift, .depthwiseWeight] {
      #expect(groups.settings(for: "p", role: role, weightDecay: 0.1).weightDecay == 0)
      #expect(ParameterGroups.uniform.settings(for: "p", role: role, weightDecay: 0.1).weightDecay == 0.1)
    }
  }

  @Test func theFirstRuleCounts() {
    let groups = ParameterGroups(rules: [.init("fc.*", rateFactor: 0.5, weightDecay: 0.3), .init("*", rateFactor: 0)])
    #expect(groups.settings(for: "fc.weight", role: .weight, weightDecay: 0.1).rateFactor == 0.5)
    #expect(groups.settings(for: "fc.weight", role: .weight, weightDecay: 0.1).weightDecay == 0.3)
    #expect(groups.settings(for: "conv.weight", role: .weight, weightDecay: 0.1).rateFactor == 0)
  }
}
