import Tensors

/// A form in which a file holds one tensor's elements; whatever their bits are, they come back.
protocol TensorCodec: Sendable {
  /// What stands for the codec in a file; never changed, never used again.
  static var number: UInt8 { get }
  /// What the codec is called.
  static var name: String { get }
  /// The stored form; nil where it cannot be shorter than the elements.
  static func encoded(_ elements: StoredElements) -> [UInt8]?
  /// The tensor; its memory is taken once it is known that the stored form has so many elements.
  /// - Throws: `PareError.badInput` where the stored form does not give exactly those elements.
  static func tensor(_ layout: ElementLayout, from reader: inout ByteReader) throws -> Tensor
}

/// Where a tensor's elements stand in its bytes.
struct ElementLayout: Sendable {
  /// The extents.
  let shape: Shape
  /// The type of the elements.
  let dataType: DataType

  /// Bytes of one element.
  var size: Int { dataType.size }

  /// How many elements there are.
  var count: Int { shape.count }

  /// A tensor that is zero but for what `fill` makes of values.
  func tensor(
    filledWith values: [UInt8], _ fill: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Void
  ) -> Tensor {
    var tensor = Tensor(zeros: shape, dataType: dataType)
    tensor.withUnsafeMutableBytes { bytes in values.withUnsafeBytes { fill($0, bytes) } }
    return tensor
  }
}

/// A tensor's elements, to be stored.
struct StoredElements {
  /// Where they stand.
  let layout: ElementLayout
  /// Their bytes, least significant first, in row-major order.
  let bytes: UnsafeRawBufferPointer
}
