import Tensors

/// Bytes in the shorter of two forms: as they are, or Huffman-coded with the table before them.
///
/// In a file: how many bytes there are (a count); a byte 0 and the bytes, or a byte 1, the table, the length of the codes
/// in bytes (a count) and the codes.
enum PackedBytes {
  private enum Form: UInt8 {
    case plain = 0
    case huffman = 1
  }

  /// Adds bytes.
  static func write(_ bytes: UnsafeBufferPointer<UInt8>, to writer: inout ByteWriter) {
    writer.append(count: bytes.count)
    let counts = histogram(of: bytes)
    let code = CanonicalCode(for: counts)
    let table = code.table
    let bitCount = code.bitCount(of: counts)
    // A count of the length takes a byte for every seven bits; five are those of 34 GB.
    guard table.count + (bitCount + 7) / 8 + 5 < bytes.count else {
      writer.append(Form.plain.rawValue)
      writer.append(bytes)
      return
    }
    writer.append(Form.huffman.rawValue)
    writer.append(table)
    let codes = HuffmanEncoder.encode(bytes, with: code, bitCount: bitCount)
    writer.append(count: codes.count)
    writer.append(codes)
  }

  /// Reads bytes.
  /// - Parameter expected: how many there must be; nil where any number may.
  /// - Throws: `PareError.badInput` where there are others, or damaged ones.
  static func read(from reader: inout ByteReader, expected: Int? = nil) throws -> [UInt8] {
    let count = try reader.count()
    guard count == expected ?? count else {
      throw PareError(.badInput, "there are \(count) values where \(expected!) are needed; the file is damaged")
    }
    switch Form(rawValue: try reader.byte()) {
    case .plain: return Array(try reader.piece(count))
    case .huffman:
      let code = try CanonicalCode(from: &reader)
      return try HuffmanDecoder(code).decode(reader.piece(reader.count()), count: count)
    case nil: throw PareError(.badInput, "bytes are packed in no known form; the file is damaged")
    }
  }

  /// How often each value occurs. Four tables in turn, so that runs of one value do not wait for each other.
  private static func histogram(of bytes: UnsafeBufferPointer<UInt8>) -> [Int] {
    var counts = [Int](repeating: 0, count: 4 * 256)
    counts.withUnsafeMutableBufferPointer { counts in
      for index in bytes.indices { counts[(index & 3) &* 256 &+ Int(bytes[index])] &+= 1 }
    }
    return (0..<256).map { counts[$0] + counts[$0 + 256] + counts[$0 + 512] + counts[$0 + 768] }
  }
}
