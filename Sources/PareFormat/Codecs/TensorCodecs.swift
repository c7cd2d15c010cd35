import Tensors

/// Every codec there is, the simplest first: one line each.
enum TensorCodecs {
  static let all: [any TensorCodec.Type] = [
    RawElements.self, HuffmanElements.self, SparseElements.self, SparseBlocks.self,
  ]

  /// The most bytes of elements that one byte of a file may stand for: 8 elements of 255 zeros each, of 8 bytes. It
  /// bounds the memory that a file can ask for.
  static let greatestExpansion = 1 << 14

  /// The shortest stored form, of equal ones that of the simplest codec.
  static func shortest(_ elements: StoredElements) -> (codec: any TensorCodec.Type, bytes: [UInt8]) {
    var shortest: (codec: any TensorCodec.Type, bytes: [UInt8]) = (RawElements.self, Array(elements.bytes))
    for codec in all.dropFirst() {
      guard let bytes = codec.encoded(elements), bytes.count < shortest.bytes.count,
        elements.bytes.count / greatestExpansion < bytes.count
      else { continue }
      shortest = (codec, bytes)
    }
    return shortest
  }

  /// The codec of a number.
  /// - Throws: `PareError.badInput` where there is none.
  static func numbered(_ number: UInt8) throws -> any TensorCodec.Type {
    guard let codec = all.first(where: { $0.number == number }) else {
      throw PareError(.badInput, "a tensor is stored in form \(number), which does not exist; the file is damaged")
    }
    return codec
  }
}
