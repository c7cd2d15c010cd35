/// The cyclic redundancy check with Castagnoli's polynomial 0x1EDC6F41, as iSCSI has it (RFC 3720): it notices every
/// burst of damage up to 32 bits and every one, two or three flipped bits of a section of usual length.
struct CRC32C {
  private var state: UInt32 = .max

  /// The check of what was added so far; of "123456789" it is 0xE3069283.
  var value: UInt32 { ~state }

  /// Adds bytes, eight at a time (Kounavis and Berry 2005, "slicing by 8").
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var state = state
    Self.tables.withUnsafeBufferPointer { tables in
      var index = 0
      while index + 8 <= bytes.count {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(state)
        state = 0
        for slice in 0..<8 {
          let byte = Int(truncatingIfNeeded: word &>> (8 &* UInt64(slice))) & 0xFF
          state ^= tables[(7 &- slice) &* 256 &+ byte]
        }
        index += 8
      }
      while index < bytes.count {
        state = state &>> 8 ^ tables[Int((state ^ UInt32(bytes[index])) & 0xFF)]
        index += 1
      }
    }
    self.state = state
  }

  /// Eight tables of 256: what a byte does to the check when so many bytes of zero follow it.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      tables[byte] = (0..<8).reduce(UInt32(byte)) { state, _ in state >> 1 ^ (state & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
    for index in 256..<tables.count {
      let previous = tables[index - 256]
      tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
    }
    return tables
  }()
}
