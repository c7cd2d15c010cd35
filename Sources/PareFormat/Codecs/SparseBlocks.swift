import Tensors

/// The blocks that have an element other than zero, all their elements, and the gaps between the blocks: one position for
/// many weights, where pruning removed whole blocks.
///
/// In a file: distance of neighbours, extent and block length (counts), see `BlockLayout`; the gaps as packed bytes, see
/// `Gaps`; the elements of each block in turn by significance of their bytes, see `BytePlanes`.
enum SparseBlocks: BitPatternCodec {
  static let number: UInt8 = 3
  static let name = "sparse_blocks"

  static func encoded<Bits: FixedWidthInteger>(_ elements: StoredElements, as type: Bits.Type) -> [UInt8]? {
    let all = elements.bytes.bindMemory(to: Bits.self)
    guard let (blocks, count) = fitting(all, elements.layout.shape) else { return nil }
    var gaps = Gaps()
    let values = [Bits](unsafeUninitializedCapacity: count) { values, filled in
      filled = 0
      blocks.forEachNonzero(in: all) { block in
        gaps.append(block)
        let start = blocks.start(ofBlock: block)
        for row in 0..<blocks.size(ofBlock: block) {
          values[filled] = all[start &+ row &* blocks.inner]
          filled &+= 1
        }
      }
    }
    gaps.finish(places: blocks.blockCount)
    var writer = ByteWriter()
    for number in [blocks.inner, blocks.extent, blocks.length] { writer.append(count: number) }
    gaps.bytes.withUnsafeBufferPointer { PackedBytes.write($0, to: &writer) }
    values.withUnsafeBytes { BytePlanes.write($0, size: elements.layout.size, to: &writer) }
    return writer.bytes
  }

  /// The blocks that keep the fewest bits, and how many elements they keep; nil where none come near the elements that
  /// are not zero.
  private static func fitting<Bits: FixedWidthInteger>(
    _ elements: UnsafeBufferPointer<Bits>, _ shape: Shape
  ) -> (blocks: BlockLayout, count: Int)? {
    let nonzero = elements.count { $0 != 0 }
    // A block's position takes about as many bits as a weight's; a zero in a block takes a weight's.
    let positionBits = 6
    var best: (blocks: BlockLayout, count: Int, bits: Int)?
    guard nonzero > 0, nonzero < elements.count else { return nil }
    for blocks in BlockLayout.usual(for: shape) {
      var (number, kept) = (0, 0)
      blocks.forEachNonzero(in: elements) { block in
        number &+= 1
        kept &+= blocks.size(ofBlock: block)
      }
      let bits = number * positionBits + kept * Bits.bitWidth
      guard kept < elements.count, bits < nonzero * (positionBits + Bits.bitWidth), bits < best?.bits ?? .max else {
        continue
      }
      best = (blocks, kept, bits)
    }
    return best.map { ($0.blocks, $0.count) }
  }

  static func tensor(_ layout: ElementLayout, from reader: inout ByteReader) throws -> Tensor {
    let blocks = try BlockLayout(
      inner: reader.count(), extent: reader.count(), length: reader.count(), count: layout.count)
    let gaps = try Gaps(PackedBytes.read(from: &reader), places: blocks.blockCount)
    var count = 0
    gaps.forEachPosition { count &+= blocks.size(ofBlock: $0) }
    let values = try BytePlanes.read(from: &reader, count: count, size: layout.size)
    return layout.tensor(with: values) { body in
      gaps.forEachPosition { block in
        let start = blocks.start(ofBlock: block)
        for row in 0..<blocks.size(ofBlock: block) { body(start &+ row &* blocks.inner) }
      }
    }
  }
}
