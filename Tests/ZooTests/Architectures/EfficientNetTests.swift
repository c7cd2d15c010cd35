import Graphs
import Testing
import Zoo

@Suite struct EfficientNetTests {
  @Test func theCompoundRuleScalesAllThree() {
    #expect(CompoundScaling(coefficient: 0) == CompoundScaling.published[0])
    let one = CompoundScaling(coefficient: 1)
    #expect(abs(one.depth - 1.2) < 1e-12 && abs(one.width - 1.1) < 1e-12 && one.resolution == 258)
    // Work grows with depth, width twice and resolution twice: by 1.92, the paper's "about 2".
    #expect(abs(one.depth * one.width * one.width * 1.15 * 1.15 - 1.92) < 0.01)
  }

  @Test func aCoefficientScalesNetworkAndPreparation() throws {
    let architecture = EfficientNet(0)
    let options = try ArchitectureOptions(["phi": "1"], of: architecture.options)
    let graph = try architecture.build(options.withoutWeights())
    #expect(graph.inputs[0].type.shape == [.batch, .fixed(3), .fixed(258), .fixed(258)])
    #expect(architecture.preparation(options).height == 258)
    // ceil(3 * 1.2) = 4 blocks of 80 * 1.1 = 88 channels.
    #expect(graph.parameters["features.4.3.block.3.0.weight"]?.shape[0] == 88)
    #expect(graph.parameters["features.4.4.block.3.0.weight"] == nil)
    let fixed = try ArchitectureOptions(["phi": "1", "input": "96"], of: architecture.options)
    #expect(architecture.preparation(fixed).height == 96)
  }

  @Test func onlyTheBaseTakesACoefficient() {
    #expect(throws: (any Error).self) { try Zoo.efficientNet(b: 1, coefficient: 1) }
  }
}
