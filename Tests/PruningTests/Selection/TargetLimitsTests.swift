import Graphs
import ONNXFormat
import Tensors
import Testing
import Zoo

@testable import Pruning

@Suite("Limits chosen for a target")
struct TargetLimitsTests {
  @Test("half of ResNet-20's MACs leave layers even and channels in eights")
  func even() throws {
    let limits = try ChannelLimits.reaching(.macs(0.5), in: Zoo.model(ZooReference(parsing: "zoo:resnet20")))
    #expect(abs(limits.fraction - 0.4) < 1e-6)
    #expect(limits.roundTo == 8)
    #expect([16, 32, 64].map { limits.floor(original: $0) } == [8, 16, 32])
  }

  @Test("channels that eights cannot divide come in fours or singly, where the target needs it")
  func smallLayers() throws {
    let model = Model(try SmallNetworks.chain())
    let limits = try ChannelLimits.reaching(.macs(0.7), in: model)
    #expect(limits.roundTo == 1)
    #expect(try reached(by: limits, in: model) <= 0.7)
  }

  @Test("floors are loosened for a target that even ones miss", arguments: [0.5, 0.25, 0.12])
  func loosened(target: Double) throws {
    let model = try Zoo.model(ZooReference(parsing: "zoo:resnet8"))
    let limits = try ChannelLimits.reaching(.macs(target), in: model)
    #expect(try reached(by: limits, in: model) <= target)
    let fixed = try ChannelLimits.reaching(.macs(target), in: model, roundTo: 4, fraction: 0.9)
    #expect(fixed == ChannelLimits(fraction: 0.9, roundTo: 4))
  }

  @Test("the loosest limits come back where none reaches the target, and wrong ones are refused")
  func unreachable() throws {
    let model = try Zoo.model(ZooReference(parsing: "zoo:resnet8"))
    #expect(try ChannelLimits.reaching(.macs(0.0001), in: model) == ChannelLimits())
    #expect(throws: PareError.self) { try ChannelLimits.reaching(.macs(0.5), in: model, roundTo: 0) }
    #expect(throws: PareError.self) { try ChannelLimits.reaching(.macs(0.5), in: model, ignore: ["none"]) }
  }

  /// The fraction of the MACs that is left with every group at its floor.
  private func reached(by limits: ChannelLimits, in model: Model) throws -> Double {
    let groups = try SmallNetworks.groups(of: model.graph).groups
    let removed = groups.flatMap { group in
      group.order.prefix(group.order.count - limits.floor(original: group.order.count))
    }
    let smaller = try ChannelSurgery(means: nil).removing(Array(removed), from: model.graph)
    return Double(try smaller.costs().macs) / Double(try model.graph.costs().macs)
  }
}
