import Tensors

/// One part of a `.pare` file: kind (a byte), length of its content (8 bytes), the CRC-32C of all three (4 bytes), and
/// the content.
enum Section {
  /// What a section holds.
  enum Kind: UInt8 {
    /// The network without its weights: once, first.
    case network = 1
    /// One weight's elements.
    case weight = 2
  }

  /// Adds a section.
  static func write(_ content: [UInt8], as kind: Kind, to writer: inout ByteWriter) {
    writer.append(kind.rawValue)
    writer.append(number: UInt64(content.count))
    writer.append(number: content.withUnsafeBytes { check(kind.rawValue, $0) })
    writer.append(content)
  }

  /// Reads a section's content.
  /// - Throws: `PareError.badInput` where it is another one, or damaged or cut off.
  static func read(_ kind: Kind, from reader: inout ByteReader) throws -> UnsafeRawBufferPointer {
    let start = reader.position
    do {
      let found = try reader.byte()
      let length = try reader.number(UInt64.self)
      let expected = try reader.number(UInt32.self)
      guard let length = Int(exactly: length), length <= reader.left else {
        throw PareError(.badInput, "a section says that it has \(length) bytes where \(reader.left) are left")
      }
      let content = try reader.piece(length)
      guard check(found, content) == expected else {
        throw PareError(.badInput, "a section's bytes do not match their check sum")
      }
      guard found == kind.rawValue else {
        throw PareError(.badInput, "a section is of kind \(found) where one of kind \(kind.rawValue) must stand")
      }
      return content
    } catch let error as PareError {
      throw PareError(.badInput, error.message + "; copy the file again").within("offset", "\(start)")
    }
  }

  private static func check(_ kind: UInt8, _ content: UnsafeRawBufferPointer) -> UInt32 {
    var check = CRC32C()
    withUnsafeBytes(of: kind) { check.add($0) }
    withUnsafeBytes(of: UInt64(content.count).littleEndian) { check.add($0) }
    check.add(content)
    return check.value
  }
}
