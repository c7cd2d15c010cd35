import Tensors

/// All elements, byte by byte of one significance, Huffman-coded where that is shorter: the form of int8 weights, whose
/// values near zero are the most frequent (Han, Mao, Dally 2016, "Deep compression", section 4).
enum HuffmanElements: TensorCodec {
  static let number: UInt8 = 1
  static let name = "huffman"

  static func encoded(_ elements: StoredElements) -> [UInt8]? {
    var writer = ByteWriter()
    BytePlanes.write(elements.bytes, size: elements.layout.size, to: &writer)
    return writer.bytes
  }

  static func tensor(_ layout: ElementLayout, from reader: inout ByteReader) throws -> Tensor {
    let bytes = try BytePlanes.read(from: &reader, count: layout.count, size: layout.size)
    return try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: layout.shape, dataType: layout.dataType) }
  }
}
