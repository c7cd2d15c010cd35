import Engine
import Foundation
import Graphs
import Measurement
import Tensors
import Testing

@testable import Pruning

@Suite("Comparing plans as a whole")
struct PlanSearchTests {
  /// Two groups of 4 and 6 channels; alone the first seems to hurt less, the more so the smaller `rise`.
  private func search(layers: [Int], rise: Double = 0.1, plans: Int) -> PlanSearch {
    func curve(_ rise: Double, channels: Int) -> SensitivityCurve {
      SensitivityCurve(
        top1: 0.9, loss: 0.1,
        points: (1..<channels).map {
          let fraction = Double($0) / Double(channels)
          return .init(removed: $0, fraction: fraction, top1: 0.9, loss: 0.1 + rise * fraction * fraction)
        })
    }
    let allocation = GreedyAllocation(
      candidates: [
        .init(channels: 4, original: 4, curve: curve(rise, channels: 4)),
        .init(channels: 6, original: 6, curve: curve(0.5, channels: 6)),
      ], limits: ChannelLimits(fraction: 0, channels: 1), chance: 0.1)
    return PlanSearch(allocation: allocation, layers: layers, plans: plans, seed: 3)
  }

  private func ledger() throws -> CostLedger {
    let graph = try SmallNetworks.chain()
    let cost = try PruningTarget.Resource.macs.amount(in: Model(graph), by: nil)
    return try CostLedger(
      graph, removing: SmallNetworks.groups(of: graph).groups.map(\.order), resource: .macs, cost: cost)
  }

  private func removed(by allocation: GreedyAllocation, from ledger: CostLedger, budget: Int) -> [Int] {
    var ledger = ledger
    _ = allocation.allocate(&ledger, budget: budget, lowest: 0)
    return ledger.removed
  }

  @Test("a group that many layers share is spared where that hurts less together", arguments: [[12, 1], [1, 1]])
  func spares(_ layers: [Int]) throws {
    let start = try ledger()
    let budget = start.cost * 6 / 10
    let search = search(layers: layers, rise: layers[0] > 1 ? 0.1 : 0.3, plans: 24)
    var seen: [[Int]] = []
    // Together, only what the first group loses hurts.
    let best = try search.best(from: start, budget: budget) {
      seen.append($0)
      return Double($0[0])
    }
    let (before, after) = (
      removed(by: search.allocation, from: start, budget: budget), removed(by: best, from: start, budget: budget)
    )
    #expect(after[0] < before[0] && Double(after[0]) == seen.map { Double($0[0]) }.min())
    #expect(Set(seen).count == seen.count && seen.count <= 24, "no plan is measured twice")
    if layers[0] > 1 {
      #expect(best.factors[0] > best.factors[1])
    }
    let again = try search.best(from: start, budget: budget) { Double($0[0]) }
    #expect(again.factors == best.factors, "the same seed draws the same plans")
  }

  @Test("where sensitivity is right, or nothing is told apart, it decides")
  func keeps() throws {
    let start = try ledger()
    let budget = start.cost * 6 / 10
    let search = search(layers: [12, 1], plans: 24)
    let expected = removed(by: search.allocation, from: start, budget: budget)
    let right = try search.best(from: start, budget: budget) { $0 == expected ? 0 : 1 }
    #expect(removed(by: right, from: start, budget: budget) == expected)
    let blind = try search.best(from: start, budget: budget) { _ in .infinity }
    #expect(blind.factors == [1, 1])
  }
}
