import CKernels
import Tensors

/// A copy of a box of elements between two tensors, either of which may be read or written with any strides.
struct StridedCopy {
  private let dimensions: [Int64]
  private let sourceStrides: [Int64]
  private let targetStrides: [Int64]
  private let sourceOffset: Int
  private let targetOffset: Int
  private let elementSize: Int

  /// - Parameters:
  ///   - box: extents of the box along logical axes.
  ///   - order: logical axes in memory order of the target, so that the innermost loop writes neighbours.
  ///   - source: strides in elements along logical axes, and the element at which the box starts.
  ///   - target: likewise.
  init(
    box: [Int], order: [Int], source: (strides: [Int], offset: Int), target: (strides: [Int], offset: Int),
    elementSize: Int
  ) {
    dimensions = order.map { Int64(box[$0]) }
    sourceStrides = order.map { Int64(source.strides[$0]) }
    targetStrides = order.map { Int64(target.strides[$0]) }
    sourceOffset = source.offset * elementSize
    targetOffset = target.offset * elementSize
    self.elementSize = elementSize
  }

  /// Adds floats to the target in place of overwriting it.
  func add(from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) {
    guard dimensions.allSatisfy({ $0 > 0 }) else { return }
    pk_add_strided(
      Int32(dimensions.count), dimensions, sourceStrides, targetStrides,
      (source + sourceOffset).assumingMemoryBound(to: Float.self),
      (target + targetOffset).assumingMemoryBound(to: Float.self))
  }

  func run(from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) {
    guard dimensions.allSatisfy({ $0 > 0 }) else { return }
    pk_copy_strided(
      Int32(dimensions.count), dimensions, sourceStrides, targetStrides, Int32(elementSize), source + sourceOffset,
      target + targetOffset)
  }
}
