import Tensors

/// The part of a shared parameter that a sub-network reads: a box of its elements, usually the leading channels.
public struct ParameterView: Sendable, Hashable {
  /// Where the box begins along each axis.
  public var offsets: [Int]
  /// Its extents.
  public var shape: Shape

  /// A box.
  public init(offsets: [Int], shape: Shape) {
    self.offsets = offsets
    self.shape = shape
  }

  /// The first outputs and inputs (the leading elements along every axis).
  public init(leading shape: Shape) {
    self.init(offsets: Array(repeating: 0, count: shape.rank), shape: shape)
  }

  /// The first outputs and inputs (axes 0 and 1) and the centre of the kernel along further axes; where as much lies
  /// over on both sides but for one element, that one is at the end.
  public init(centred shape: Shape, in whole: Shape) {
    self.init(
      offsets: shape.dimensions.indices.map { $0 < 2 || $0 >= whole.rank ? 0 : (whole[$0] - shape[$0]) / 2 },
      shape: shape)
  }

  /// Whether the box lies within a tensor.
  func fits(_ whole: Shape) -> Bool {
    guard whole.rank == shape.rank, offsets.count == shape.rank else { return false }
    return shape.dimensions.indices.allSatisfy { offsets[$0] >= 0 && offsets[$0] + shape[$0] <= whole[$0] }
  }

  /// The box's elements from a whole tensor into one of their own, and back.
  func copies(from whole: Shape, elementSize: Int) -> (out: StridedCopy, back: StridedCopy) {
    let order = Array(0..<shape.rank)
    let inside = (strides: whole.strides, offset: zip(whole.strides, offsets).map { $0 * $1 }.reduce(0, +))
    let own = (strides: shape.strides, offset: 0)
    func copy(_ source: (strides: [Int], offset: Int), _ target: (strides: [Int], offset: Int)) -> StridedCopy {
      StridedCopy(box: shape.dimensions, order: order, source: source, target: target, elementSize: elementSize)
    }
    return (copy(inside, own), copy(own, inside))
  }
}
