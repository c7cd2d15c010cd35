/// A zeroed block of memory aligned to 64 bytes, freed with its owner. Confined to its owner's thread.
package final class AlignedMemory {
  /// The first byte.
  package let base: UnsafeMutableRawPointer
  /// The size asked for.
  package let byteCount: Int

  /// Allocates.
  package init(byteCount: Int) {
    self.byteCount = byteCount
    let padded = Self.padded(max(byteCount, 1))
    base = .allocate(byteCount: padded, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: padded)
  }

  deinit { base.deallocate() }

  /// The memory as floats.
  package var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }

  /// A size rounded up to whole cache lines.
  package static func padded(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }
}
