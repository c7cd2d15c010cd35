import Graphs
import Testing

@testable import Zoo

@Suite struct LinearSurvivalTests {
  /// Equation 4 with p = 0.5 and 54 blocks, as the paper trains 110 layers: the first survives with 1 - 1/108.
  @Test func fallsLinearly() {
    let survival = LinearSurvival(lastDropped: 0.5, blocks: 54)
    #expect(abs(survival.dropped(block: 1) - 1.0 / 108) < 1e-15)
    #expect(survival.dropped(block: 27) == 0.25 && survival.dropped(block: 54) == 0.5)
    let mean = (1...54).reduce(0.0) { $0 + survival.dropped(block: $1) } / 54
    #expect(abs(mean - 0.5 * 55 / 108) < 1e-12)
  }

  private func ratios(_ reference: String) throws -> [Float] {
    try Zoo.graph(ZooReference(parsing: reference)).nodes.compactMap { ($0.op as? StochasticDepth)?.ratio }
  }

  @Test func everyBlockOfAResNetHasItsRate() throws {
    let found = try ratios("zoo:resnet20?stochastic_depth=0.5")
    #expect(found.count == 9)
    for (index, ratio) in found.enumerated() { #expect(abs(ratio - Float(index + 1) / 18) < 1e-6) }
    #expect(try ratios("zoo:resnet20").isEmpty)
  }

  /// Sixteen blocks, of which nine have a shortcut; the last, to 320 channels, has none.
  @Test func efficientNetDropsWhereThereIsAShortcut() throws {
    let found = try ratios("zoo:efficientnet_b0?width=0.5")
    let blocks: [Float] = [3, 5, 7, 8, 10, 11, 13, 14, 15]
    #expect(found.count == blocks.count)
    for (ratio, block) in zip(found, blocks) { #expect(abs(ratio - 0.2 * block / 16) < 1e-6) }
    #expect(try ratios("zoo:efficientnet_b0?width=0.5&form=cifar").isEmpty)
  }

  /// Dropping changes nothing of what the network costs or weighs.
  @Test func costsAreThoseWithout() throws {
    let with = try Zoo.graph(ZooReference(parsing: "zoo:resnet20?stochastic_depth=0.2"))
    let without = try Zoo.graph(ZooReference(parsing: "zoo:resnet20"))
    #expect(try with.costs().macs == without.costs().macs && with.costs().parameters == without.costs().parameters)
    #expect(with.parameters.keys == without.parameters.keys)
  }
}
