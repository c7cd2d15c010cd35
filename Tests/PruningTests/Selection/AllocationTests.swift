import Graphs
import Tensors
import Testing

@testable import Pruning

@Suite("Uniform, global and by ratios")
struct AllocationTests {
  private func ledger(_ graph: Graph, _ groups: [PrunableGroup]) throws -> CostLedger {
    try CostLedger(graph, removing: groups.map(\.order), resource: .macs, cost: graph.costs().macs)
  }

  @Test("every group loses the same share, to within a channel", arguments: [0.8, 0.5, 0.3])
  func even(_ left: Double) throws {
    let graph = try SmallNetworks.residual()
    let groups = try SmallNetworks.groups(of: graph).groups
    let limits = ChannelLimits(fraction: 0, channels: 1)
    let allocation = EvenAllocation(
      candidates: groups.map { .init(channels: $0.order.count, original: $0.order.count) }, limits: limits)
    var ledger = try ledger(graph, groups)
    let budget = Int(left * Double(ledger.cost))
    #expect(allocation.allocate(&ledger, budget: budget, lowest: 0))
    #expect(ledger.cost <= budget)
    let shares = zip(groups, ledger.removed).map { Double($1) / Double($0.order.count) }
    #expect(shares.max()! - shares.min()! <= 0.25)
  }

  @Test("a wide group goes as far as a narrow one where numbers of channels are rounded")
  func evenThoughRounded() throws {
    let graph = try SmallNetworks.chain(outputs: 16, 64)
    let groups = try SmallNetworks.groups(of: graph).groups
    #expect(groups.map { $0.order.count } == [16, 64])
    let allocation = EvenAllocation(
      candidates: groups.map { .init(channels: $0.order.count, original: $0.order.count) },
      limits: ChannelLimits(fraction: 0, channels: 1, roundTo: 8))
    var kept: [[Int]] = []
    var ledger = try ledger(graph, groups)
    while let best = allocation.steps(from: ledger).min(by: AllocationStep.isBetter) {
      ledger.remove(group: best.group, channels: best.channels)
      kept.append(zip(groups, ledger.removed).map { $0.order.count - $1 })
    }
    // Halves are a tie, which the group decides that saves more.
    #expect(kept.prefix(3) == [[16, 56], [16, 48], [16, 40]])
    #expect(kept[4] == [8, 32] && kept.last == [8, 8])
  }

  @Test("the lowest scores of all groups go, down to the floor")
  func global() throws {
    let graph = try SmallNetworks.chain()
    let groups = try SmallNetworks.groups(of: graph).groups
    #expect(groups.map { $0.order.count } == [4, 6])
    let candidates: [GlobalAllocation.Candidate] = [
      .init(scores: [0.1, 0.2, 0.3, 9], original: 4), .init(scores: [0.25, 0.4, 0.5, 0.6, 0.7, 0.8], original: 6),
    ]
    func removed(after steps: Int, limits: ChannelLimits) throws -> [Int] {
      let allocation = GlobalAllocation(candidates: candidates, limits: limits)
      var ledger = try ledger(graph, groups)
      for _ in 0..<steps {
        guard let best = allocation.steps(from: ledger).min(by: AllocationStep.isBetter) else { break }
        ledger.remove(group: best.group, channels: best.channels)
      }
      return ledger.removed
    }
    let limits = ChannelLimits(fraction: 0, channels: 1)
    #expect(try removed(after: 1, limits: limits) == [1, 0])
    #expect(try removed(after: 3, limits: limits) == [2, 1])
    #expect(try removed(after: 5, limits: limits) == [3, 2])
    #expect(try removed(after: 9, limits: limits) == [3, 5])
    #expect(try removed(after: 3, limits: ChannelLimits(fraction: 0.75)) == [1, 1])
    // Two at a time: means 0.15 and 0.325.
    #expect(try removed(after: 2, limits: ChannelLimits(fraction: 0, channels: 1, roundTo: 2)) == [2, 2])
  }

  @Test("ratios by layer: those that fit lose what they are to lose, the others nothing; the first pattern counts")
  func ratios() throws {
    let model = Model(try SmallNetworks.residual())
    let groups = try SmallNetworks.groups(of: model.graph).groups
    let limits = ChannelLimits(fraction: 0, channels: 1)
    func goals(_ ratios: [LayerRatio], _ limits: ChannelLimits) throws -> RatioGoals {
      try RatioGoals(ratios, of: groups, limits: limits, in: model)
    }
    let one = try goals([LayerRatio("first", removed: 0.6)], limits)
    #expect(one.goals == ["first.weight": 3])
    var ledger = try ledger(model.graph, groups)
    let index = try #require(groups.firstIndex { $0.name == "first.weight" })
    let allocation = EvenAllocation(
      candidates: [.init(channels: 8, original: 8, goal: 3)], limits: limits)
    var own = try CostLedger(
      model.graph, removing: [groups[index].order], resource: .macs, cost: ledger.cost)
    #expect(allocation.allocate(&own, budget: one.macs, lowest: 0))
    #expect(own.removed == [5] && own.cost == one.macs)
    #expect(allocation.steps(from: own).isEmpty)
    ledger.remove(group: index, channels: 5)
    #expect(ledger.cost == one.macs)
    let several = try goals([LayerRatio("fir*", removed: 0.25), LayerRatio("*", removed: 0.5)], limits)
    #expect(several.goals["first.weight"] == 6 && several.goals.count == groups.count)
    #expect(several.goals.values.sorted() == [2, 2, 6])
    #expect(try goals([LayerRatio("first", removed: 0.6)], ChannelLimits(roundTo: 4)).goals == ["first.weight": 4])
    for pattern in ["none", "head"] {
      let error = #expect(throws: PareError.self) { try goals([LayerRatio(pattern, removed: 0.5)], limits) }
      #expect(error?.code == .usage)
    }
  }

  @Test("ratios are read from text")
  func texts() throws {
    #expect(try LayerRatio(parsing: "layer1.*=0.6") == LayerRatio("layer1.*", removed: 0.6))
    #expect(try LayerRatio(parsing: "a=b=0") == LayerRatio("a=b", removed: 0))
    for text in ["", "a", "=0.5", "a=", "a=1", "a=-0.1", "a=x"] {
      #expect(throws: PareError.self, "\(text)") { try LayerRatio(parsing: text) }
    }
  }
}
