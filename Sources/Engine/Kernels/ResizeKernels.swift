import CKernels
import Graphs
import Tensors

/// Resizing axis by axis from tables that are made once, channels last.
enum ResizeKernels {
  /// One axis of a tensor in memory.
  private struct Pass {
    let outer: Int64
    let inner: Int
    let extent: Int64
    let count: Int64
    let starts: [Int64]
    let sources: [Int64]
    let weights: [Float]
    /// The element that each new one is a copy of, where none are mixed.
    let copies: [Int64]?

    init(_ table: ResamplingTable, outer: Int, inner: Int) {
      self.outer = Int64(outer)
      self.inner = inner
      extent = Int64(table.input)
      count = Int64(table.output)
      starts = table.starts.map { Int64($0) }
      sources = table.sources.map { Int64($0) }
      weights = table.weights.map { Float($0) }
      copies = table.copies.map { $0.map { Int64($0) } }
    }

    func run(_ elementSize: Int, from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) {
      if let copies {
        pk_gather_axis(outer, extent, count, Int64(inner * elementSize), copies, source, target)
      } else {
        pk_resample(
          outer, extent, count, Int64(inner), starts, sources, weights, source.assumingMemoryBound(to: Float.self),
          target.assumingMemoryBound(to: Float.self))
      }
    }
  }

  private static func plan(_ request: KernelRequest, _ tables: [(axis: Int, table: ResamplingTable)]) -> KernelPlan? {
    guard var type = request.inputs[0], type.shape.count > 0 else { return nil }
    type.layout = type.shape.rank > 2 ? .channelsLast : .plain
    let (layout, size) = (type.layout, type.dataType.size)
    guard type.dataType == .float32 || tables.allSatisfy({ $0.table.copies != nil }) else { return nil }
    // First the axes that shrink most: what lies between is then smallest.
    let sorted = tables.sorted { $0.table.output * $1.table.input < $1.table.output * $0.table.input }
    var passes: [Pass] = []
    var offsets = [0]
    for (axis, table) in sorted {
      let place = type.axisOrder.firstIndex(of: axis)!
      let extents = type.physicalDimensions
      passes.append(
        Pass(table, outer: extents[..<place].reduce(1, *), inner: extents[(place + 1)...].reduce(1, *)))
      type.shape[axis] = table.output
      offsets.append(offsets.last! + AlignedMemory.padded(type.byteCount))
    }
    guard !passes.isEmpty else { return copy(layout, type.byteCount) }
    let steps = passes
    let places = offsets
    // What the last pass makes is the output itself.
    let scratch = offsets[offsets.count - 2]
    return KernelPlan(inputLayouts: [layout], outputLayouts: [layout], scratchBytes: scratch) {
      ClosureKernel { operands in
        var source = operands.inputs[0]!
        for (index, pass) in steps.enumerated() {
          let target = index == steps.count - 1 ? operands.outputs[0]! : operands.scratch + places[index]
          pass.run(size, from: source, to: target)
          source = target
        }
      }
    }
  }

  /// Where no axis changes.
  private static func copy(_ layout: Layout, _ bytes: Int) -> KernelPlan {
    KernelPlan(inputLayouts: [layout], outputLayouts: [layout]) {
      ClosureKernel { $0.outputs[0]!.copyMemory(from: $0.inputs[0]!, byteCount: bytes) }
    }
  }

  /// Elements outside the region that are not 0 run the reference.
  enum ResizeKernel: KernelProvider {
    static let kind = Resize.kind
    static func plan(_ request: KernelRequest) throws -> KernelPlan? {
      guard let op = request.node.op as? Resize, let x = request.inputs[0] else { return nil }
      let tables = try op.tables(for: x.shape)
      let isInside = tables.allSatisfy { $0.table.outside.isEmpty }
      return isInside || op.interpolation.extrapolation == 0 ? ResizeKernels.plan(request, tables) : nil
    }
  }

  enum ResizeGradientKernel: KernelProvider {
    static let kind = ResizeGradient.kind
    static func plan(_ request: KernelRequest) throws -> KernelPlan? {
      guard let op = request.node.op as? ResizeGradient, request.isFloat else { return nil }
      let tables = try op.forward.tables(for: request.outputs[0].shape)
      return ResizeKernels.plan(request, tables.map { ($0.axis, $0.table.transposed) })
    }
  }
}
