import Tensors

/// One extent of a value: a number, or a multiple of the batch size N that a program is compiled for.
public enum Dimension: Hashable, Sendable, CustomStringConvertible {
  /// An extent known when the network was made.
  case fixed(Int)
  /// k·N, where N is the batch size.
  case batch(Int)

  /// The batch axis itself: 1·N.
  public static let batch = Dimension.batch(1)

  /// The extent for a batch of `n`.
  public func bound(toBatch n: Int) -> Int {
    switch self {
    case .fixed(let extent): extent
    case .batch(let multiple): multiple * n
    }
  }

  /// The extent where it does not depend on the batch, otherwise nil.
  public var fixedExtent: Int? { if case .fixed(let extent) = self { extent } else { nil } }

  /// The extent times a factor.
  public static func * (dimension: Dimension, factor: Int) -> Dimension {
    switch dimension {
    case .fixed(let extent): .fixed(extent * factor)
    case .batch(let multiple): factor == 0 ? .fixed(0) : .batch(multiple * factor)
    }
  }

  /// `32`, `N` or `4N`.
  public var description: String {
    switch self {
    case .fixed(let extent): "\(extent)"
    case .batch(let multiple): multiple == 1 ? "N" : "\(multiple)N"
    }
  }
}

/// The extents of a value, some of which may be multiples of the batch.
public struct ValueShape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extents, outermost first.
  public var dimensions: [Dimension]

  /// Makes a shape from extents.
  public init(_ dimensions: [Dimension]) { self.dimensions = dimensions }

  /// Makes a shape in which nothing depends on the batch.
  public init(_ shape: Shape) { dimensions = shape.dimensions.map { .fixed($0) } }

  /// Makes a shape from a literal: `[.batch, .fixed(3), .fixed(32), .fixed(32)]`.
  public init(arrayLiteral elements: Dimension...) { dimensions = elements }

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The extent along an axis.
  public subscript(axis: Int) -> Dimension {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }

  /// The shape for a batch of `n`.
  public func bound(toBatch n: Int) -> Shape { Shape(dimensions.map { $0.bound(toBatch: n) }) }

  /// The shape where nothing depends on the batch, otherwise nil.
  public var fixedShape: Shape? {
    let extents = dimensions.compactMap(\.fixedExtent)
    return extents.count == rank ? Shape(extents) : nil
  }

  /// The number of elements as k·N or a number; nil where it would be a higher power of N, or does not fit.
  public var elementCount: Dimension? {
    var product = 1
    var isBatch = false
    for dimension in dimensions {
      let factor: Int
      switch dimension {
      case .fixed(let extent): factor = extent
      case .batch(let multiple):
        if isBatch { return nil }
        isBatch = true
        factor = multiple
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      product = next
    }
    return isBatch && product != 0 ? .batch(product) : .fixed(product)
  }

  /// The extents joined by `x`: `Nx3x32x32`.
  public var description: String {
    rank == 0 ? "scalar" : dimensions.map(\.description).joined(separator: "x")
  }
}

/// What is known of a value before it is computed.
public struct ValueType: Hashable, Sendable, CustomStringConvertible {
  /// The element type.
  public var dataType: DataType
  /// The shape; nil behind an operator that Pare does not know.
  public var shape: ValueShape?

  /// Makes a type.
  public init(_ dataType: DataType, _ shape: ValueShape?) {
    self.dataType = dataType
    self.shape = shape
  }

  /// `float32 Nx3x32x32`.
  public var description: String { "\(dataType.rawValue) \(shape?.description ?? "of unknown shape")" }
}

/// All that is known of an operator's input when the network is read: its type, and its value where that is constant
/// or computed from shapes alone.
public struct InputFact: Sendable {
  /// Element type and shape.
  public var type: ValueType
  /// The value, where it is a parameter or folded.
  public var constant: Tensor?
  /// The elements of an integer value of rank 0 or 1 that is known but for the batch size.
  public var symbolic: [Dimension]?

  /// Makes a fact.
  public init(_ type: ValueType, constant: Tensor? = nil, symbolic: [Dimension]? = nil) {
    self.type = type
    self.constant = constant
    self.symbolic = symbolic
  }

  /// The shape.
  /// - Throws: `PareError.unsupported` where it is unknown.
  public func knownShape() throws -> ValueShape {
    guard let shape = type.shape else {
      throw PareError(
        .unsupported, "the shape of an input is unknown (it comes from an operator that Pare does not know)")
    }
    return shape
  }

  /// The elements of an integer value as dimensions, from the constant or the symbolic value.
  public var integerDimensions: [Dimension]? {
    if let symbolic { return symbolic }
    guard let constant, !constant.dataType.isFloat, constant.count <= 4096 else { return nil }
    return constant.integers.map { .fixed($0) }
  }
}
