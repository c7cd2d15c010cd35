import Graphs
import Testing
import Zoo

@Suite struct SqueezeNetTests {
  private func shapes(_ options: [String: String]) throws -> [String: [Int]] {
    let architecture = SqueezeNet(.original)
    let graph = try architecture.build(
      ArchitectureOptions(options, of: architecture.options).withoutWeights())
    return Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.key, $0.value.shape.dimensions) })
  }

  /// Fire 2 of the paper's table has 128 filters in its wide layer.
  @Test func knobsMoveFiltersBetweenTheLayers() throws {
    let shapes = try shapes(["squeeze": "0.75", "spatial": "0.25"])
    #expect(shapes["features.3.squeeze.weight"] == [96, 96, 1, 1])
    #expect(shapes["features.3.expand1x1.weight"] == [96, 96, 1, 1])
    #expect(shapes["features.3.expand3x3.weight"] == [32, 96, 3, 3])
  }

  /// Figure 2: simple bypasses around fire 3, 5, 7 and 9, complex ones with a convolution around the others.
  @Test(arguments: [("none", 0), ("simple", 4), ("complex", 8)])
  func bypassesStandWhereThePaperHasThem(_ kind: String, _ sums: Int) throws {
    let architecture = SqueezeNet(.original)
    let options = try ArchitectureOptions(["bypass": kind], of: architecture.options)
    let graph = try architecture.build(options.withoutWeights())
    #expect(graph.nodes.count { $0.op is Add } == sums)
    let paths = graph.parameters.keys.filter { $0.hasSuffix("bypass.weight") }
    #expect(paths.count == (kind == "complex" ? 4 : 0))
  }
}
