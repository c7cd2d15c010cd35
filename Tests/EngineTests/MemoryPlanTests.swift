import Testing

@testable import Engine

@Suite struct MemoryPlanTests {
  @Test func valuesThatLiveAtTheSameTimeDoNotOverlap() {
    var intervals: [MemoryPlan.Interval] = []
    for id in 0..<40 {
      intervals.append(.init(id: id, byteCount: 64 * (1 + id * 7 % 5), first: id, last: id + id % 4))
    }
    let plan = MemoryPlan(intervals)
    for a in intervals {
      for b in intervals where a.id < b.id && a.first <= b.last && b.first <= a.last {
        let (x, y) = (plan.offsets[a.id]!, plan.offsets[b.id]!)
        #expect(x + a.byteCount <= y || y + b.byteCount <= x, "\(a.id) and \(b.id)")
      }
    }
    #expect(plan.byteCount < intervals.reduce(0) { $0 + $1.byteCount } / 3)
  }

  @Test func valuesThatFollowEachOtherShareSpace() {
    let plan = MemoryPlan([
      .init(id: 0, byteCount: 640, first: 0, last: 1), .init(id: 1, byteCount: 640, first: 2, last: 3),
    ])
    #expect(plan.byteCount == 640)
  }
}
