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

/// A codec that sees elements as patterns of bits, whatever they stand for.
protocol BitPatternCodec: TensorCodec {
  /// The stored form of elements of so many bits; nil where it cannot be shorter than the elements.
  static func encoded<Bits: FixedWidthInteger>(_ elements: StoredElements, as type: Bits.Type) -> [UInt8]?
}

extension BitPatternCodec {
  static func encoded(_ elements: StoredElements) -> [UInt8]? {
    switch elements.layout.size {
    case 1: encoded(elements, as: UInt8.self)
    case 2: encoded(elements, as: UInt16.self)
    case 4: encoded(elements, as: UInt32.self)
    default: encoded(elements, as: UInt64.self)
    }
  }
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

  /// A tensor that is zero but for the values, which stand one behind the other, at places.
  ///
  /// - Parameter places: calls its argument with the place of each value in turn.
  func tensor(with values: [UInt8], at places: (_ body: (Int) -> Void) -> Void) -> Tensor {
    var tensor = Tensor(zeros: shape, dataType: dataType)
    tensor.withUnsafeMutableBytes { bytes in
      values.withUnsafeBytes { values in
        switch size {
        case 1: Self.scatter(values, at: places, into: bytes, as: UInt8.self)
        case 2: Self.scatter(values, at: places, into: bytes, as: UInt16.self)
        case 4: Self.scatter(values, at: places, into: bytes, as: UInt32.self)
        default: Self.scatter(values, at: places, into: bytes, as: UInt64.self)
        }
      }
    }
    return tensor
  }

  private static func scatter<Bits: FixedWidthInteger>(
    _ values: UnsafeRawBufferPointer, at places: (_ body: (Int) -> Void) -> Void,
    into bytes: UnsafeMutableRawBufferPointer, as type: Bits.Type
  ) {
    let values = values.bindMemory(to: Bits.self)
    let elements = bytes.bindMemory(to: Bits.self)
    var index = 0
    places { place in
      elements[place] = values[index]
      index &+= 1
    }
  }
}

/// A tensor's elements, to be stored.
struct StoredElements {
  /// Where they stand.
  let layout: ElementLayout
  /// Their bytes, least significant first, in row-major order.
  let bytes: UnsafeRawBufferPointer
}
