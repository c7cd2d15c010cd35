import Engine
import Foundation
import Graphs
import Measurement
import Tensors
import Testing

@testable import Pruning

@Suite("Choosing how many channels go")
struct GreedyAllocationTests {
  private func ledger(
    _ graph: Graph, _ resource: PruningTarget.Resource = .macs, times: LayerTimes? = nil
  ) throws -> CostLedger {
    let cost = try resource.amount(in: Model(graph), by: times)
    return try CostLedger(
      graph, removing: SmallNetworks.groups(of: graph).groups.map(\.order), resource: resource, cost: cost,
      times: times)
  }

  /// A convex curve: removing a fraction f costs `scale` * f².
  private func curve(_ scale: Double, channels: Int) -> SensitivityCurve {
    SensitivityCurve(
      top1: 0.9,
      points: (1..<channels).map {
        let fraction = Double($0) / Double(channels)
        return .init(removed: $0, fraction: fraction, top1: 0.9 - scale * fraction * fraction)
      })
  }

  @Test("the ledger agrees with the costs of the smaller network", arguments: PruningTarget.Resource.allCases)
  func exact(_ resource: PruningTarget.Resource) throws {
    let times = LayerTimes(engine: Engine(threads: 1))
    for graph in [try SmallNetworks.chain(), try SmallNetworks.residual()] {
      let groups = try SmallNetworks.groups(of: graph).groups
      var ledger = try ledger(graph, resource, times: times)
      let start = ledger.cost
      var removed: [CoupledSet] = []
      for (index, group) in groups.enumerated() {
        let count = group.order.count / 2
        let saving = ledger.saving(group: index, channels: count)
        let before = ledger.cost
        ledger.remove(group: index, channels: count)
        // A narrower layer may take as long, or on a busy machine longer.
        #expect(before - ledger.cost == saving && (saving > 0 || resource == .latency))
        removed += group.order.prefix(count)
      }
      let smaller = try ChannelSurgery().removing(removed, from: graph)
      if resource == .size {
        let bytes = try graph.costs().weightBytes - smaller.costs().weightBytes
        #expect(start - ledger.cost == bytes)
      } else {
        #expect(try resource.amount(in: Model(smaller), by: times) == ledger.cost)
      }
    }
    #expect(throws: PareError.self) { try self.ledger(SmallNetworks.chain(), .latency) }
  }

  /// A rule for `chain(outputs: 16, 12)`.
  private func greedy(floor: Double) -> GreedyAllocation {
    GreedyAllocation(
      candidates: [
        .init(channels: 16, original: 16, curve: curve(0.5, channels: 16)),
        .init(channels: 12, original: 12, curve: curve(0.3, channels: 12)),
      ], limits: ChannelLimits(fraction: floor, channels: 1), chance: 0.1)
  }

  @Test("costs that fall in stairs: with a look ahead the step over the flat part is found")
  func lookahead() throws {
    // Up to eight channels, in and out, take as long as eight.
    let times = LayerTimes(engine: Engine(threads: 1))
    times.model = { _, inputs, outputs in
      (inputs[0][1] + 7) / 8 * ((outputs[0][1] + 7) / 8) * 100
    }
    let graph = try SmallNetworks.chain(outputs: 16, 12)
    var greedy = greedy(floor: 0)
    let start = try ledger(graph, .latency, times: times)
    #expect(greedy.steps(from: start).isEmpty, "one channel less saves nothing")
    greedy.lookahead = 10
    #expect(greedy.steps(from: start).map(\.channels) == [8, 4])
  }

  @Test("times that fall only when two groups are narrower: the one that hurts less goes first, to its floor")
  func together() throws {
    let times = LayerTimes(engine: Engine(threads: 1))
    // Only the layer between the groups counts.
    times.model = { op, inputs, outputs in
      guard op is Convolution, inputs[0][1] > 2 else { return 100 }
      return inputs[0][1] <= 8 && outputs[0][1] <= 8 ? 100 : 400
    }
    let graph = try SmallNetworks.chain(outputs: 16, 12)
    var greedy = greedy(floor: 0.25)
    greedy.lookahead = 64
    var ledger = try ledger(graph, .latency, times: times)
    let budget = ledger.cost - 300
    for (group, channels) in [(0, 12), (1, 9)] {
      #expect(ledger.saving(group: group, channels: channels) == 0, "alone it saves nothing")
    }
    #expect(greedy.allocate(&ledger, budget: budget, lowest: 0) && ledger.cost <= budget)
    #expect(ledger.removed == [8, 9])
  }

  @Test(
    "as good as the best of all allocations within the same cost, on convex curves", arguments: [0.9, 0.7, 0.5, 0.3])
  func bruteForce(_ left: Double) throws {
    let graph = try SmallNetworks.chain()
    let candidates = [
      GreedyAllocation.Candidate(channels: 4, original: 4, curve: curve(0.5, channels: 4)),
      GreedyAllocation.Candidate(channels: 6, original: 6, curve: curve(0.3, channels: 6)),
    ]
    let greedy = GreedyAllocation(candidates: candidates, limits: ChannelLimits(fraction: 0, channels: 1), chance: 0.1)
    func loss(_ removed: [Int]) -> Double {
      zip(candidates, removed).reduce(0) {
        $0 + $1.0.curve.predictedLoss(removing: Double($1.1) / Double($1.0.channels), chance: 0.1)
      }
    }
    var chosen = try ledger(graph)
    let budget = Int(Double(chosen.cost) * left)
    #expect(greedy.allocate(&chosen, budget: budget, lowest: 0))
    #expect(chosen.cost <= budget)
    // Greedy steps are the best there is for the cost that they come to.
    for a in 0..<4 {
      for b in 0..<6 {
        var other = try ledger(graph)
        other.remove(group: 0, channels: a)
        other.remove(group: 1, channels: b)
        if other.cost <= chosen.cost { #expect(loss(chosen.removed) <= loss([a, b]) + 1e-12) }
      }
    }
  }

  @Test("what a large last step makes superfluous is taken back, the greatest loss first")
  func superfluous() throws {
    let graph = try SmallNetworks.chain()
    var probe = try ledger(graph)
    let start = probe.cost
    probe.remove(group: 1, channels: 5)
    let large = start - probe.cost
    // Group 0 loses its channels one by one before group 1 is so dear that nothing else is left; with five channels of
    // group 1 gone, none of group 0's would have been needed.
    let small = SensitivityCurve(
      top1: 0.9,
      points: [
        .init(removed: 1, fraction: 0.25, top1: 0.89), .init(removed: 2, fraction: 0.5, top1: 0.86),
      ])
    let dear = SensitivityCurve(top1: 0.9, points: [.init(removed: 5, fraction: 5.0 / 6, top1: 0.5)])
    let greedy = GreedyAllocation(
      candidates: [
        .init(channels: 4, original: 4, curve: small), .init(channels: 6, original: 320, curve: dear),
      ], limits: ChannelLimits(fraction: 0, channels: 1), chance: 0.1)
    var chosen = try ledger(graph)
    #expect(greedy.allocate(&chosen, budget: start - large, lowest: 0))
    #expect(chosen.removed == [0, 5] && chosen.cost == start - large)
    // Putting channels back is the reverse of removing them.
    chosen.remove(group: 1, channels: -5)
    #expect(chosen.cost == start && chosen.removed == [0, 0])
  }

  @Test("one of several steps is the beginning of the plan for all of them")
  func beginning() throws {
    let graph = try SmallNetworks.chain()
    let candidates = [
      GreedyAllocation.Candidate(channels: 4, original: 4, curve: curve(0.5, channels: 4)),
      GreedyAllocation.Candidate(channels: 6, original: 6, curve: curve(0.3, channels: 6)),
    ]
    let greedy = GreedyAllocation(candidates: candidates, limits: ChannelLimits(fraction: 0, channels: 1), chance: 0.1)
    var whole = try ledger(graph)
    let (start, goal) = (whole.cost, whole.cost * 4 / 10)
    #expect(greedy.allocate(&whole, budget: goal, lowest: 0))
    var part = try ledger(graph)
    #expect(greedy.allocate(&part, budget: start * 7 / 10, lowest: start / 2, isLast: false, goal: goal))
    #expect(part.cost <= start * 7 / 10 && part.cost >= start / 2)
    #expect(zip(part.removed, whole.removed).allSatisfy { $0 <= $1 } && part.removed != whole.removed)
  }

  @Test("floors and multiples are kept to, and a budget out of reach is reported")
  func limits() throws {
    let graph = try SmallNetworks.residual()
    let groups = try SmallNetworks.groups(of: graph).groups
    let candidates = groups.map {
      GreedyAllocation.Candidate(channels: $0.order.count, original: $0.order.count, curve: curve(0.5, channels: 4))
    }
    for limits in [ChannelLimits(), ChannelLimits(fraction: 0.5), ChannelLimits(fraction: 0, channels: 1, roundTo: 4)] {
      let greedy = GreedyAllocation(candidates: candidates, limits: limits, chance: 0.2)
      var ledger = try ledger(graph)
      #expect(!greedy.allocate(&ledger, budget: 1, lowest: 0))
      for (group, removed) in zip(groups, ledger.removed) {
        #expect(group.order.count - removed == limits.floor(original: group.order.count))
      }
    }
  }

  @Test("no step goes below the lowest cost")
  func lowest() throws {
    let graph = try SmallNetworks.chain()
    let candidates = [4, 6].map {
      GreedyAllocation.Candidate(channels: $0, original: $0, curve: curve(0.5, channels: $0))
    }
    let greedy = GreedyAllocation(candidates: candidates, limits: ChannelLimits(), chance: 0.2)
    var ledger = try ledger(graph)
    let lowest = ledger.cost * 6 / 10
    #expect(!greedy.allocate(&ledger, budget: lowest, lowest: lowest + 1, isLast: false))
    #expect(ledger.cost > lowest && ledger.removed.reduce(0, +) > 0)
  }

  @Test("what limits allow")
  func floors() {
    let limits = ChannelLimits()
    #expect([1, 2, 4, 16, 21, 64].map { limits.floor(original: $0) } == [1, 2, 2, 2, 3, 7])
    let eights = ChannelLimits(roundTo: 8)
    #expect([4, 16, 100].map { eights.floor(original: $0) } == [4, 8, 16])
    #expect(eights.next(below: 100, step: 1, original: 100) == 96)
    #expect(eights.next(below: 96, step: 1, original: 100) == 88)
    #expect(eights.next(below: 16, step: 1, original: 100) == nil)
    #expect(limits.next(below: 10, step: 20, original: 100) == nil)
    #expect(limits.next(below: 12, step: 20, original: 100) == 10)
  }

  @Test("predicted drops are linear between measurements and never fall")
  func curves() {
    let curve = SensitivityCurve(
      top1: 0.9,
      points: [
        .init(removed: 2, fraction: 0.25, top1: 0.92), .init(removed: 4, fraction: 0.5, top1: 0.7),
        .init(removed: 6, fraction: 0.75, top1: 0.8),
      ])
    let drops = [0, 0.25, 0.375, 0.5, 0.75, 1].map { curve.predictedDrop(removing: $0, chance: 0.1) }
    for (drop, wanted) in zip(drops, [0, 0, 0.1, 0.2, 0.2, 0.8]) { #expect(abs(drop - wanted) < 1e-12) }
    // Half of what is above chance is a loss of log 2, and ruin is no bargain: it counts as a hundredth left.
    #expect(abs(curve.predictedLoss(removing: 0.5, chance: 0.5) - log(2)) < 1e-12)
    #expect(curve.predictedLoss(removing: 0, chance: 0.1) == 0)
    #expect(abs(curve.predictedLoss(removing: 1, chance: 0.1) - log(100)) < 1e-9)
    #expect(curve.predictedLoss(removing: 0.5, chance: 0.95) == 0)
    let rest = curve.continued(original: 8, kept: 5, chance: 0.1)
    #expect(abs(rest.top1 - 0.8) < 1e-12 && rest.points.map(\.removed) == [1, 3])
  }

  @Test("where cross-entropy was measured its rise is the loss, up to that of guessing")
  func curvesOfLoss() {
    let points: [SensitivityCurve.Point] = [
      .init(removed: 2, fraction: 0.25, top1: 0.9, loss: 0.3), .init(removed: 4, fraction: 0.5, top1: 0.9, loss: 0.6),
    ]
    let curve = SensitivityCurve(top1: 0.9, loss: 0.2, points: points)
    let losses = [0, 0.125, 0.25, 0.5, 1].map { curve.predictedLoss(removing: $0, chance: 0.1) }
    for (loss, wanted) in zip(losses, [0, 0.05, 0.1, 0.4, log(10) - 0.2]) { #expect(abs(loss - wanted) < 1e-12) }
    // What follows once channels are gone is what was still to come.
    let rest = curve.continued(original: 8, kept: 6, chance: 0.1)
    let rise = rest.predictedLoss(removing: 2.0 / 6, chance: 0.1)
    #expect(abs(rise - 0.3) < 1e-12)
    // A loss that is no number is as bad as guessing, and where that of the whole is none accuracy decides.
    let broken = SensitivityCurve(
      top1: 0.9, loss: 0.2,
      points: points + [
        .init(removed: 6, fraction: 0.75, top1: 0.5, loss: .nan)
      ])
    #expect(abs(broken.predictedLoss(removing: 0.75, chance: 0.1) - (log(10) - 0.2)) < 1e-12)
    #expect(SensitivityCurve(top1: 0.9, loss: .infinity, points: points).predictedLoss(removing: 0.5, chance: 0.1) == 0)
    // Behind a measurement worse than guessing it goes on as steeply.
    let steep = SensitivityCurve(top1: 0.9, loss: 0, points: [.init(removed: 4, fraction: 0.5, top1: 0.1, loss: 9)])
    #expect(abs(steep.predictedLoss(removing: 0.75, chance: 0.1) - 13.5) < 1e-12)
  }
}
