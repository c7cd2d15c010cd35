import Graphs
import Tensors

/// A value that segments hand to each other: one row a sample, for the samples that it was computed for.
final class SegmentValue {
  let name: String
  let dataType: DataType
  let layout: Layout
  /// The memory of the rows.
  let memory: AlignedMemory
  /// Memory for the rows of a part of the samples, made when it is first needed.
  private(set) lazy var gathered = AlignedMemory(byteCount: memory.byteCount)
  /// The samples whose rows are held, in ascending order.
  private(set) var samples: [Int] = []
  private let shape: Shape
  private let rowBytes: Int

  /// - Throws: `PareError.unsupported` where the leading axis is not the batch.
  init(_ port: GraphPort, layout: Layout, capacity: Int) throws {
    guard let shape = port.type.shape, shape.rank > 0, shape[0] == .batch,
      shape.dimensions.dropFirst().allSatisfy({ $0.fixedExtent != nil })
    else {
      throw PareError(
        .unsupported,
        "\"\(port.name)\" has no row for each sample (\(port.type)), so that samples cannot leave the batch",
        context: ["value": port.name])
    }
    name = port.name
    dataType = port.type.dataType
    self.layout = layout
    self.shape = shape.bound(toBatch: 1)
    rowBytes = self.shape.count * dataType.size
    memory = AlignedMemory(byteCount: capacity * rowBytes)
    samples.reserveCapacity(capacity)
  }

  /// The shape of so many rows.
  func shape(rows: Int) -> Shape { Shape([rows] + Array(shape.dimensions.dropFirst())) }

  /// Declares whose rows are held.
  func hold(_ samples: [Int]) {
    self.samples.removeAll(keepingCapacity: true)
    self.samples.append(contentsOf: samples)
  }

  /// Moves the rows of those samples to the front that are still there.
  /// - Throws: `PareError.usage` where a sample has no row.
  func keep(_ wanted: [Int]) throws {
    guard wanted.count != samples.count else { return }
    var row = 0
    for (target, sample) in wanted.enumerated() {
      while row < samples.count, samples[row] < sample { row += 1 }
      guard row < samples.count, samples[row] == sample else {
        throw PareError(.usage, "\"\(name)\" has not been computed for these samples; run the segment that makes it")
      }
      if row != target {
        (memory.base + target * rowBytes).copyMemory(from: memory.base + row * rowBytes, byteCount: rowBytes)
      }
    }
    hold(wanted)
  }

  /// Copies rows to the front of `gathered`.
  func gather(_ rows: [Int]) {
    for (target, row) in rows.enumerated() {
      (gathered.base + target * rowBytes).copyMemory(from: memory.base + row * rowBytes, byteCount: rowBytes)
    }
  }

  /// Copies the front of `gathered` to rows.
  func scatter(_ rows: [Int]) {
    for (source, row) in rows.enumerated() {
      (memory.base + row * rowBytes).copyMemory(from: gathered.base + source * rowBytes, byteCount: rowBytes)
    }
  }

  /// Copies rows from another value of the same form.
  func take(_ rows: [Int], from other: SegmentValue) {
    for row in rows {
      (memory.base + row * rowBytes).copyMemory(from: other.memory.base + row * rowBytes, byteCount: rowBytes)
    }
  }

  /// Whether rows of the other value are rows of this one.
  func matches(_ other: SegmentValue) -> Bool {
    shape == other.shape && dataType == other.dataType && layout == other.layout
  }
}
