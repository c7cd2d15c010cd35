/// Writes values in a canonical code, the first bit of a code in the highest free bit of a byte.
enum HuffmanEncoder {
  /// The bits of the values; zeros fill the last byte.
  static func encode(_ values: UnsafeBufferPointer<UInt8>, with code: CanonicalCode, bitCount: Int) -> [UInt8] {
    let byteCount = (bitCount + 7) / 8
    // A code and its length together, so that one look finds both.
    let entries = zip(code.codes, code.lengths).map { UInt32($0) << 8 | UInt32($1) }
    return [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      var window: UInt64 = 0
      var free = 64
      var next = 0
      entries.withUnsafeBufferPointer { entries in
        for value in values {
          let entry = entries[Int(value)]
          free &-= Int(entry & 0xFF)
          window |= UInt64(entry &>> 8) &<< UInt64(free)
          while free <= 32 {
            UnsafeMutableRawBufferPointer(output).storeBytes(
              of: UInt32(truncatingIfNeeded: window &>> 32).bigEndian, toByteOffset: next, as: UInt32.self)
            next += 4
            window = window &<< 32
            free += 32
          }
        }
      }
      while next < byteCount {
        output[next] = UInt8(truncatingIfNeeded: window &>> 56)
        window = window &<< 8
        next += 1
      }
      count = byteCount
    }
  }
}
