/// Collects what `ByteReader` reads.
struct ByteWriter {
  /// What was written.
  private(set) var bytes: [UInt8] = []

  /// Adds a byte.
  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Adds bytes.
  mutating func append(_ piece: some Collection<UInt8>) { bytes.append(contentsOf: piece) }

  /// Adds a number of fixed width, least significant byte first.
  mutating func append(number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Adds a number that is not negative in as few bytes of seven bits as hold it.
  mutating func append(count: Int) {
    precondition(count >= 0, "a count of \(count)")
    var rest = count
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
