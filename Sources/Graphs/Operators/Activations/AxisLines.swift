import Tensors

/// The lines of a tensor along one axis, for operators whose elements compete along it (Softmax, LogSoftmax).
struct AxisLines {
  private let outer: Int
  private let extent: Int
  private let inner: Int

  init(of shape: Shape, axis: Int) throws {
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    outer = shape.dimensions[..<axis].reduce(1, *)
    extent = shape.rank == 0 ? 1 : shape[axis]
    inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
  }

  /// Calls `body` with the flat indices of every line.
  func forEach(_ body: (StrideTo<Int>) -> Void) {
    for row in 0..<outer {
      for column in 0..<inner {
        let start = row * extent * inner + column
        body(stride(from: start, to: start + extent * inner, by: inner))
      }
    }
  }

  /// The axis of a Softmax or LogSoftmax in a file: since opset 13 one axis, the last by default; before, all axes from
  /// `axis` (1 by default) on, of which then at most one may have an extent other than 1.
  /// - Throws: `PareError.unsupported` where several axes would be normalised together.
  static func competingAxis(of record: NodeRecord) throws -> Int {
    try record.allowAttributes("axis")
    let given = try record.int("axis")
    if record.opset >= 13 { return given ?? -1 }
    let axis = given ?? 1
    if axis == -1 { return -1 }
    let shape = try record.requiredInput(0).knownShape()
    let first = try Shape.normalizedAxis(axis, rank: shape.rank)
    let long = (first..<shape.rank).filter { shape[$0] != .fixed(1) }
    guard long.count <= 1 else {
      throw record.unsupported("before opset 13, axis \(axis) of \(shape) joins axes \(long)")
    }
    return long.first ?? first
  }

  /// Ties all axes but the one along which elements compete, which is blocked.
  static func couple(_ call: CouplingCall, axis: Int, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let blocked = try? Shape.normalizedAxis(axis, rank: shape.rank) else {
      return
    }
    for other in shape.dimensions.indices {
      if other == blocked {
        let reason = "\(call.outputs[0]): all indices along axis \(axis) depend on each other"
        coupling.block(call.input(0, axis: other), count: shape[other], reason: reason)
        coupling.block(call.output(axis: other), count: shape[other], reason: reason)
      } else {
        coupling.tie(call.input(0, axis: other), call.output(axis: other), count: shape[other])
      }
    }
  }
}
