import Tensors

/// Blocks of neighbours along one axis, the others fixed: 16 outputs of one input, or a convolution's whole kernel.
///
/// The elements are seen as outer x extent x inner in row-major order; a block is up to `length` of them in a row along
/// the middle one. Blocks are numbered outer first, then along the axis, then inner. The last along the axis has what is
/// left.
struct BlockLayout: Equatable {
  /// The distance of neighbours in a block.
  let inner: Int
  /// The axis's extent.
  let extent: Int
  /// The elements of a block.
  let length: Int
  private let outer: Int

  /// Divides so many elements.
  /// - Throws: `PareError.badInput` where they cannot be divided so.
  init(inner: Int, extent: Int, length: Int, count: Int) throws {
    guard inner > 0, extent > 0, length > 0, length <= extent, count > 0, inner <= count, extent <= count / inner,
      count.isMultiple(of: inner * extent)
    else {
      throw PareError(.badInput, "blocks of weights do not fit their shape; the file is damaged")
    }
    self.inner = inner
    self.extent = extent
    self.length = length
    outer = count / (inner * extent)
  }

  /// How many blocks lie along the axis.
  private var rows: Int { (extent + length - 1) / length }

  /// How many blocks there are.
  var blockCount: Int { outer * rows * inner }

  /// How many elements a block has.
  func size(ofBlock block: Int) -> Int { min(length, extent - block / inner % rows * length) }

  /// The place of a block's first element.
  func start(ofBlock block: Int) -> Int {
    let line = block / inner
    return (line / rows * extent + line % rows * length) * inner + block % inner
  }

  /// Calls `body` with each block that has an element other than zero, in order.
  func forEachNonzero<Bits: FixedWidthInteger>(in elements: UnsafeBufferPointer<Bits>, _ body: (Int) -> Void) {
    var bits = [Bits](repeating: 0, count: inner)
    bits.withUnsafeMutableBufferPointer { bits in
      for line in 0..<outer * rows {
        let start = start(ofBlock: line * inner)
        bits.update(repeating: 0)
        for row in 0..<size(ofBlock: line * inner) {
          for column in 0..<inner { bits[column] |= elements[start &+ row &* inner &+ column] }
        }
        for column in 0..<inner where bits[column] != 0 { body(line &* inner &+ column) }
      }
    }
  }

  /// The layouts that pruning leaves weights of a shape in: blocks of outputs, which are the first axis or the last, and
  /// whole kernels.
  static func usual(for shape: Shape) -> [BlockLayout] {
    guard shape.rank > 1, shape.count > 0 else { return [] }
    let kernel = shape.dimensions.dropFirst(2).reduce(1, *)
    let axes = [(shape.count / shape[0], shape[0]), (1, shape[shape.rank - 1])]
    let outputs = axes.flatMap { inner, extent in
      [4, 8, 16, 32, 64].filter { $0 <= extent }.map { (inner, extent, $0) }
    }
    return (outputs + (kernel > 1 ? [(1, kernel, kernel)] : [])).compactMap { inner, extent, length in
      try? BlockLayout(inner: inner, extent: extent, length: length, count: shape.count)
    }
  }
}
