import Tensors

/// Reads numbers and pieces from bytes of which nothing is believed: each length is held against what is left.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  /// Where the next byte stands.
  private(set) var position = 0

  /// Begins at the first of the bytes, which must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// How many bytes have not been read.
  var left: Int { bytes.count - position }

  /// The next byte.
  /// - Throws: `PareError.badInput` at the end.
  mutating func byte() throws -> UInt8 { try piece(1)[0] }

  /// So many bytes, without a copy.
  /// - Throws: `PareError.badInput` where fewer are left.
  mutating func piece(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= left else {
      throw PareError(.badInput, "\(count) bytes are needed where \(left) are left; the file is damaged or cut off")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// All bytes that are left.
  mutating func rest() -> UnsafeRawBufferPointer {
    defer { position = bytes.count }
    return UnsafeRawBufferPointer(rebasing: bytes[position...])
  }

  /// A number of fixed width, least significant byte first.
  /// - Throws: `PareError.badInput` where too few bytes are left.
  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
    Number(littleEndian: try piece(MemoryLayout<Number>.size).loadUnaligned(as: type))
  }

  /// A number of up to nine bytes with seven bits each, least significant first; all but the last have bit 7 set.
  /// - Throws: `PareError.badInput` where it is cut off, longer than nine bytes, or longer than it need be.
  mutating func count() throws -> Int {
    var value = 0
    for shift in stride(from: 0, to: 63, by: 7) {
      let byte = try byte()
      value |= Int(byte & 0x7F) << shift
      guard byte < 0x80 else { continue }
      guard byte > 0 || shift == 0 else { break }
      return value
    }
    throw PareError(.badInput, "a count is not written as it should be; the file is damaged")
  }

  /// Checks that nothing is left.
  /// - Throws: `PareError.badInput` where something is.
  func finish() throws {
    guard left == 0 else {
      throw PareError(.badInput, "\(left) bytes stand behind the end; the file is damaged")
    }
  }
}
