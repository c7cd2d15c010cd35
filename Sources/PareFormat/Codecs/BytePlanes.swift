import Tensors

/// Elements of several bytes, each byte packed with those of the same significance: the exponents of weights, and small
/// integers, take few values that way, while the lower bytes of floats take all and stay as they are.
enum BytePlanes {
  /// Adds elements of `size` bytes: the packed bytes of each significance, least significant first.
  static func write(_ bytes: UnsafeRawBufferPointer, size: Int, to writer: inout ByteWriter) {
    guard size > 1 else { return PackedBytes.write(bytes.assumingMemoryBound(to: UInt8.self), to: &writer) }
    let count = bytes.count / size
    for plane in 0..<size {
      let values = [UInt8](unsafeUninitializedCapacity: count) { values, filled in
        for index in 0..<count { values[index] = bytes[index &* size &+ plane] }
        filled = count
      }
      values.withUnsafeBufferPointer { PackedBytes.write($0, to: &writer) }
    }
  }

  /// Reads exactly so many elements.
  /// - Throws: `PareError.badInput` where there are not so many.
  static func read(from reader: inout ByteReader, count: Int, size: Int) throws -> [UInt8] {
    let first = try PackedBytes.read(from: &reader, expected: count)
    guard size > 1 else { return first }
    let planes = try [first] + (1..<size).map { _ in try PackedBytes.read(from: &reader, expected: count) }
    return [UInt8](unsafeUninitializedCapacity: count * size) { bytes, filled in
      for (plane, values) in planes.enumerated() {
        values.withUnsafeBufferPointer { values in
          for index in 0..<count { bytes[index &* size &+ plane] = values[index] }
        }
      }
      filled = count * size
    }
  }
}
