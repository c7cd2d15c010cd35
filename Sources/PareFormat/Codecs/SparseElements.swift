import Tensors

/// The elements that are not zero and the gaps between them (Han, Mao, Dally 2016, "Deep compression", sections 2 and 4).
///
/// An element is zero when all its bits are: -0.0 is stored as a value. In a file: the gaps as packed bytes, see `Gaps`;
/// the values by significance of their bytes, see `BytePlanes`.
enum SparseElements: BitPatternCodec {
  static let number: UInt8 = 2
  static let name = "sparse"

  static func encoded<Bits: FixedWidthInteger>(_ elements: StoredElements, as type: Bits.Type) -> [UInt8]? {
    let all = elements.bytes.bindMemory(to: Bits.self)
    let count = all.count { $0 != 0 }
    guard count < all.count else { return nil }
    var gaps = Gaps()
    let values = [Bits](unsafeUninitializedCapacity: count) { values, filled in
      filled = 0
      for (position, element) in all.enumerated() where element != 0 {
        gaps.append(position)
        values[filled] = element
        filled &+= 1
      }
    }
    gaps.finish(places: all.count)
    var writer = ByteWriter()
    gaps.bytes.withUnsafeBufferPointer { PackedBytes.write($0, to: &writer) }
    values.withUnsafeBytes { BytePlanes.write($0, size: elements.layout.size, to: &writer) }
    return writer.bytes
  }

  static func tensor(_ layout: ElementLayout, from reader: inout ByteReader) throws -> Tensor {
    let gaps = try Gaps(PackedBytes.read(from: &reader), places: layout.count)
    let values = try BytePlanes.read(from: &reader, count: gaps.count, size: layout.size)
    return layout.tensor(with: values, at: gaps.forEachPosition)
  }
}
