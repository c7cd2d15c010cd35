import Tensors

/// The elements' bytes as they are.
enum RawElements: TensorCodec {
  static let number: UInt8 = 0
  static let name = "raw"

  static func encoded(_ elements: StoredElements) -> [UInt8]? { Array(elements.bytes) }

  static func tensor(_ layout: ElementLayout, from reader: inout ByteReader) throws -> Tensor {
    try Tensor(bytes: reader.rest(), shape: layout.shape, dataType: layout.dataType)
  }
}
