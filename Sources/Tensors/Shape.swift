/// The extents of a tensor, outermost first (logical NCHW for images). A scalar has rank 0; an extent may be 0.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extents, outermost first.
  public var dimensions: [Int]

  /// Makes a shape from extents, none of them negative.
  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "negative extent in \(dimensions)")
    self.dimensions = dimensions
  }

  /// Makes a shape from a literal: `[1, 3, 32, 32]`.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The number of elements: the product of the extents, 1 for a scalar.
  public var count: Int { dimensions.reduce(1, *) }

  /// The number of elements, or nil where the product does not fit (a hostile file).
  public var checkedCount: Int? {
    var product = 1
    for extent in dimensions {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow || next > Int.max / 16 { return nil }
      product = next
    }
    return product
  }

  /// Distances in elements between neighbours along each axis, row-major.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in dimensions.indices.reversed().dropFirst() { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
    return strides
  }

  /// The extent along an axis.
  public subscript(axis: Int) -> Int {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }

  /// The extents joined by `x`: `1x3x32x32`; `scalar` for rank 0.
  public var description: String {
    rank == 0 ? "scalar" : dimensions.map(String.init).joined(separator: "x")
  }

  /// An axis counted from the end where negative, checked against the rank.
  /// - Throws: `PareError.badInput` where the axis does not exist.
  public static func normalizedAxis(_ axis: Int, rank: Int) throws -> Int {
    let normalized = axis < 0 ? axis + rank : axis
    guard normalized >= 0, normalized < max(rank, 1) else {
      throw PareError(.badInput, "axis \(axis) does not exist in a tensor of rank \(rank)")
    }
    return normalized
  }
}
