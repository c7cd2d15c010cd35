import CKernels
import Graphs
import Tensors

/// Softmax and its logarithm over any axis, and their gradients: over the channels of images with these last, over other
/// axes on a copy in which they are last.
enum SoftmaxKernels {
  /// The lines along which elements compete.
  private struct Lines {
    let rows: Int64
    let columns: Int64
    let layout: Layout
    /// The copies that bring the axis last and back; nil where it is last in the layout already.
    let copies: (there: StridedCopy, back: StridedCopy)?

    init?(_ request: KernelRequest, axis: Int) {
      let shape = request.outputs[0].shape
      guard request.isFloat, shape.count > 0, shape.rank > 0,
        let axis = try? Shape.normalizedAxis(axis, rank: shape.rank)
      else { return nil }
      columns = Int64(shape[axis])
      rows = Int64(shape.count / shape[axis])
      layout = axis == 1 && shape.rank > 2 ? .channelsLast : .plain
      let type = PhysicalType(shape: shape, dataType: .float32, layout: layout)
      guard type.axisOrder.last != axis else {
        copies = nil
        return
      }
      let order = shape.dimensions.indices.filter { $0 != axis } + [axis]
      var strides = [Int](repeating: 0, count: shape.rank)
      var step = 1
      for place in order.reversed() {
        strides[place] = step
        step *= shape[place]
      }
      func copy(_ order: [Int], _ source: [Int], _ target: [Int]) -> StridedCopy {
        StridedCopy(
          box: shape.dimensions, order: order, source: (source, 0), target: (target, 0), elementSize: 4)
      }
      copies = (copy(order, type.strides, strides), copy(type.axisOrder, strides, type.strides))
    }

    /// Room for so many copies of the value.
    func scratchBytes(_ count: Int) -> Int { copies == nil ? 0 : count * AlignedMemory.padded(Int(rows * columns) * 4) }
  }

  private static func forward(
    _ request: KernelRequest, axis: Int,
    _ body: @escaping (Int64, Int64, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> KernelPlan? {
    guard let lines = Lines(request, axis: axis) else { return nil }
    return KernelPlan(
      inputLayouts: [lines.layout], outputLayouts: [lines.layout], scratchBytes: lines.scratchBytes(1)
    ) {
      ClosureKernel { operands in
        guard let copies = lines.copies else {
          return body(lines.rows, lines.columns, operands.input(0), operands.output())
        }
        let line = operands.scratch.assumingMemoryBound(to: Float.self)
        copies.there.run(from: operands.inputs[0]!, to: line)
        body(lines.rows, lines.columns, line, line)
        copies.back.run(from: line, to: operands.outputs[0]!)
      }
    }
  }

  /// A gradient from dy (input 0) and the function's output (input 1).
  private static func gradient(
    _ request: KernelRequest, axis: Int,
    _ body:
      @escaping (
        Int64, Int64, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>
      ) -> Void
  ) -> KernelPlan? {
    guard let lines = Lines(request, axis: axis) else { return nil }
    return KernelPlan(
      inputLayouts: [lines.layout, lines.layout], outputLayouts: [lines.layout], scratchBytes: lines.scratchBytes(2)
    ) {
      ClosureKernel { operands in
        guard let copies = lines.copies else {
          return body(lines.rows, lines.columns, operands.input(1), operands.input(0), operands.output())
        }
        let y = operands.scratch.assumingMemoryBound(to: Float.self)
        let dy = (operands.scratch + lines.scratchBytes(1)).assumingMemoryBound(to: Float.self)
        copies.there.run(from: operands.inputs[1]!, to: y)
        copies.there.run(from: operands.inputs[0]!, to: dy)
        body(lines.rows, lines.columns, y, dy, dy)
        copies.back.run(from: dy, to: operands.outputs[0]!)
      }
    }
  }

  enum SoftmaxKernel: KernelProvider {
    static let kind = Softmax.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? Softmax).flatMap { forward(request, axis: $0.axis, pk_softmax) }
    }
  }
  enum LogSoftmaxKernel: KernelProvider {
    static let kind = LogSoftmax.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? LogSoftmax).flatMap { forward(request, axis: $0.axis, pk_log_softmax) }
    }
  }
  enum SoftmaxGradientKernel: KernelProvider {
    static let kind = SoftmaxGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? SoftmaxGradient).flatMap { gradient(request, axis: $0.axis, pk_softmax_gradient) }
    }
  }
  enum LogSoftmaxGradientKernel: KernelProvider {
    static let kind = LogSoftmaxGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      (request.node.op as? LogSoftmaxGradient).flatMap { gradient(request, axis: $0.axis, pk_log_softmax_gradient) }
    }
  }
}
