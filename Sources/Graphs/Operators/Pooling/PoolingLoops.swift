import Tensors

/// The index arithmetic of pooling: which elements of a plane each output position looks at. Serves the reference of
/// the pools and of their gradients.
struct PoolingLoops {
  let output: Shape
  /// For every output position of a plane, the input positions that its window meets, in the order of its taps.
  let positions: [[Int]]
  /// For every output position, how many taps lie in the input or its padding (but not beyond).
  let paddedCounts: [Int]
  private let inputPlane: Int

  init(window: SpatialWindow, input: Shape) throws {
    let extents = Array(input.dimensions[2...])
    let outputExtents = try window.outputExtents(input: extents)
    let pads = window.resolvedPads(input: extents)
    let contacts = window.contacts(input: extents, output: outputExtents)
    var positions: [[Int]] = [[0]]
    var counts = [1]
    for axis in 0..<window.rank {
      var met = [[Int]](repeating: [], count: outputExtents[axis])
      for contact in contacts[axis] { met[contact.output].append(contact.input) }
      let padded = (0..<outputExtents[axis]).map { out in
        (0..<window.kernel[axis]).count { tap in
          out * window.strides[axis] - pads[axis] + tap * window.dilations[axis] < extents[axis]
            + pads[axis + window.rank]
        }
      }
      positions = positions.flatMap { outer in
        met.map { inner in outer.flatMap { base in inner.map { base * extents[axis] + $0 } } }
      }
      counts = counts.flatMap { outer in padded.map { outer * $0 } }
    }
    self.positions = positions
    paddedCounts = counts
    inputPlane = extents.reduce(1, *)
    output = Shape([input[0], input[1]] + outputExtents)
  }

  /// Calls `body` with the flat output index, the position in the plane and the flat input indices of every window.
  func forEach(_ body: (_ output: Int, _ position: Int, _ inputs: [Int]) -> Void) {
    for plane in 0..<(output[0] * output[1]) {
      for (position, met) in positions.enumerated() {
        body(plane * positions.count + position, position, met.map { plane * inputPlane + $0 })
      }
    }
  }

  /// batch x channels x pooled extents.
  static func outputType(of window: SpatialWindow, for input: InputFact) throws -> ValueType {
    let type = input.type
    guard let x = type.shape else { return type }
    guard x.rank == window.rank + 2 else {
      throw PareError(.badInput, "a window over \(window.rank) axes does not fit an input of shape \(x)")
    }
    let spatial = x.dimensions[2...].compactMap(\.fixedExtent)
    guard spatial.count == window.rank else {
      throw PareError(.unsupported, "a spatial extent of \(x) depends on the batch size")
    }
    let pads = window.resolvedPads(input: spatial)
    for axis in 0..<window.rank {
      let span = (window.kernel[axis] - 1) * window.dilations[axis] + 1
      guard pads[axis] < span, pads[axis + window.rank] < span else {
        throw PareError(.badInput, "pads \(pads) leave windows of \(window.kernel) without any input")
      }
    }
    let extents = try window.outputExtents(input: spatial).map { Dimension.fixed($0) }
    return ValueType(type.dataType, ValueShape([x[0], x[1]] + extents))
  }

  /// The window of a pool in a file.
  static func window(record: NodeRecord) throws -> SpatialWindow {
    guard let kernel = try record.ints("kernel_shape"), (1...3).contains(kernel.count) else {
      throw record.unsupported("pooling needs a kernel_shape of one to three extents")
    }
    return try SpatialWindow(record: record, kernel: kernel)
  }
}

extension GraphBuilder {
  /// A square window over the two spatial axes of images.
  static func squareWindow(kernel: Int, stride: Int, padding: Int, ceilMode: Bool) -> SpatialWindow {
    SpatialWindow(
      kernel: [kernel, kernel], strides: [stride, stride], pads: [padding, padding, padding, padding],
      ceilMode: ceilMode)
  }
}
