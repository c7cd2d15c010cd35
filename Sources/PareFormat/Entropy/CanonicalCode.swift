import Tensors

/// A Huffman code of bytes that its lengths alone determine: shorter codes come first, and among codes of one length
/// those of smaller values (as in RFC 1951, section 3.2.2).
struct CanonicalCode: Equatable {
  /// The bits of each value's code, 0 for values without one: 256 of them.
  let lengths: [UInt8]

  /// The code that is optimal for values that occur so often.
  init(for counts: [Int]) { lengths = CodeLengths.optimal(for: counts) }

  /// The code of given lengths.
  /// - Throws: `PareError.badInput` unless the codes use up all bit patterns (a single code has one bit and leaves the
  ///   other pattern unused).
  init(lengths: [UInt8]) throws {
    self.lengths = lengths
    let unit = 1 << CodeLengths.limit
    let used = lengths.reduce(0) { $1 == 0 ? $0 : $0 + unit >> Int($1) }
    let isSingle = lengths.count { $0 > 0 } <= 1 && longest <= 1
    guard lengths.count == 256, longest <= CodeLengths.limit, used == unit || isSingle else {
      throw PareError(.badInput, "a Huffman table is no code; the file is damaged")
    }
  }

  /// The bits of the longest code.
  var longest: Int { Int(lengths.max() ?? 0) }

  /// The value that has the only code; nil where there are none or several.
  var onlyValue: UInt8? {
    let values = lengths.indices.filter { lengths[$0] > 0 }
    return values.count == 1 ? UInt8(values[0]) : nil
  }

  /// Each value's code, in its lowest bits.
  var codes: [UInt16] {
    var counts = [UInt16](repeating: 0, count: CodeLengths.limit + 1)
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    var next = [UInt16](repeating: 0, count: counts.count)
    for length in 1..<next.count { next[length] = (next[length - 1] + counts[length - 1]) << 1 }
    return lengths.map { length in
      guard length > 0 else { return 0 }
      defer { next[Int(length)] += 1 }
      return next[Int(length)]
    }
  }

  /// How many bits values take that occur so often.
  func bitCount(of counts: [Int]) -> Int { zip(counts, lengths).reduce(0) { $0 + $1.0 * Int($1.1) } }
}

// MARK: The table in a file

extension CanonicalCode {
  /// What begins a run of zeros in the table.
  private static let run: UInt8 = 15
  /// A run of zeros takes three half bytes.
  private static let leastRun = 4

  /// The lengths as half bytes, the first in the upper half: a length of 0 to 12 for each of the 256 values in order, or
  /// 15 and two half bytes (the upper first) for one zero more than they say; a half byte of zero fills the last byte.
  var table: [UInt8] {
    var halves: [UInt8] = []
    var value = 0
    while value < lengths.count {
      let zeros = lengths[value...].prefix { $0 == 0 }.count
      if zeros >= Self.leastRun {
        halves += [Self.run, UInt8((zeros - 1) >> 4), UInt8((zeros - 1) & 15)]
        value += zeros
      } else {
        halves.append(lengths[value])
        value += 1
      }
    }
    if !halves.count.isMultiple(of: 2) { halves.append(0) }
    return stride(from: 0, to: halves.count, by: 2).map { halves[$0] << 4 | halves[$0 + 1] }
  }

  /// Reads a table.
  /// - Throws: `PareError.badInput` where it is none.
  init(from reader: inout ByteReader) throws {
    var pending: UInt8?
    func half() throws -> UInt8 {
      if let lower = pending {
        pending = nil
        return lower
      }
      let byte = try reader.byte()
      pending = byte & 15
      return byte >> 4
    }
    var lengths: [UInt8] = []
    while lengths.count < 256 {
      let length = try half()
      if length == Self.run {
        let zeros = try Int(half()) << 4 + Int(half()) + 1
        lengths += [UInt8](repeating: 0, count: zeros)
      } else {
        lengths.append(length)
      }
    }
    guard pending ?? 0 == 0 else {
      throw PareError(.badInput, "a Huffman table does not end as it should; the file is damaged")
    }
    try self.init(lengths: lengths)
  }
}
