/// Gives every value of a program a place in one block of memory; values that live at different times share space.
struct MemoryPlan {
  /// A value's life: from the step that makes it to the last that reads it.
  struct Interval {
    var id: Int
    var byteCount: Int
    var first: Int
    var last: Int
  }

  /// The offset of each value.
  private(set) var offsets: [Int: Int] = [:]
  /// The size of the block.
  private(set) var byteCount = 0

  /// Places the largest values first, each at the lowest offset that is free for its whole life.
  init(_ intervals: [Interval]) {
    var placed: [(interval: Interval, offset: Int)] = []
    for interval in intervals.sorted(by: { ($0.byteCount, $1.first, $1.id) > ($1.byteCount, $0.first, $0.id) }) {
      let size = AlignedMemory.padded(max(interval.byteCount, 1))
      let neighbours = placed.filter { $0.interval.first <= interval.last && interval.first <= $0.interval.last }
        .sorted { $0.offset < $1.offset }
      var offset = 0
      for neighbour in neighbours {
        if offset + size <= neighbour.offset { break }
        offset = max(offset, neighbour.offset + AlignedMemory.padded(max(neighbour.interval.byteCount, 1)))
      }
      placed.append((interval, offset))
      offsets[interval.id] = offset
      byteCount = max(byteCount, offset + size)
    }
  }
}
