import Tensors

/// Reads values in a canonical code: the next bits are looked up in a table that gives value and length of the code that
/// they begin with.
struct HuffmanDecoder {
  private let code: CanonicalCode
  private let longest: Int
  /// For each pattern of `longest` bits the value, and above it the length of its code.
  private let table: [UInt16]

  /// Prepares to read a code.
  init(_ code: CanonicalCode) {
    self.code = code
    let longest = code.longest
    self.longest = longest
    guard code.onlyValue == nil, longest > 0 else {
      table = []
      return
    }
    var table = [UInt16](repeating: 0, count: 1 << longest)
    for (value, (bits, length)) in zip(code.codes, code.lengths).enumerated() where length > 0 {
      let first = Int(bits) << (longest - Int(length))
      for pattern in first..<first + 1 << (longest - Int(length)) {
        table[pattern] = UInt16(length) << 8 | UInt16(value)
      }
    }
    self.table = table
  }

  /// The values whose codes the bits are.
  /// - Throws: `PareError.badInput` unless the bits hold exactly so many values and zeros to the end of the last byte.
  func decode(_ bits: UnsafeRawBufferPointer, count: Int) throws -> [UInt8] {
    // No code is shorter than a bit, so that no count makes a small file take much memory.
    guard count <= bits.count * 8, count == 0 || longest > 0 else { throw Self.damaged }
    if let value = code.onlyValue {
      guard bits.count == (count + 7) / 8, bits.allSatisfy({ $0 == 0 }) else { throw Self.damaged }
      return [UInt8](repeating: value, count: count)
    }
    var isWhole = count > 0 || bits.isEmpty
    let values = [UInt8](unsafeUninitializedCapacity: count) { values, decoded in
      if count > 0 { isWhole = fill(values, count, from: bits) }
      decoded = isWhole ? count : 0
    }
    guard isWhole else { throw Self.damaged }
    return values
  }

  private static let damaged = PareError(
    .badInput, "Huffman codes do not hold as many values as they should; the file is damaged")

  private func fill(_ values: UnsafeMutableBufferPointer<UInt8>, _ count: Int, from bits: UnsafeRawBufferPointer)
    -> Bool
  {
    // The next bits stand at the top of the window; `held` of them are counted as read.
    var window: UInt64 = 0
    var held = 0
    var next = 0
    var index = 0
    let shift = UInt64(64 - longest)
    return table.withUnsafeBufferPointer { table in
      // With 56 bits and more, four codes of up to 12 need no look at the end of the bits.
      while index + 4 <= count, next + 8 <= bits.count {
        window |= UInt64(bigEndian: bits.loadUnaligned(fromByteOffset: next, as: UInt64.self)) &>> UInt64(held)
        let bytes = (63 &- held) &>> 3
        next &+= bytes
        held &+= 8 &* bytes
        for offset in 0..<4 {
          let entry = table[Int(truncatingIfNeeded: window &>> shift)]
          let length = Int(entry &>> 8)
          values[index &+ offset] = UInt8(truncatingIfNeeded: entry)
          window = window &<< UInt64(length)
          held &-= length
        }
        index &+= 4
      }
      while index < count {
        while held <= 56, next < bits.count {
          window |= UInt64(bits[next]) << UInt64(56 - held)
          next += 1
          held += 8
        }
        let entry = table[Int(truncatingIfNeeded: window &>> shift)]
        let length = Int(entry >> 8)
        guard length <= held else { return false }
        values[index] = UInt8(truncatingIfNeeded: entry)
        window = window &<< UInt64(length)
        held -= length
        index += 1
      }
      return next == bits.count && held < 8 && window == 0
    }
  }
}
