/// Reads the Python dictionary literal in an NPY header: texts, `True` and `False`, and tuples of integers.
struct PythonDictionaryParser {
  /// A value of the dictionary.
  enum Value: Equatable {
    case text(String)
    case boolean(Bool)
    case tuple([Int])
    /// A list (of a structured type's fields), not looked into.
    case list
  }

  private let bytes: [UInt8]
  private var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The entries of the dictionary.
  /// - Throws: `PareError.badInput` where the text is anything else.
  mutating func parse() throws -> [String: Value] {
    var entries: [String: Value] = [:]
    try expect("{")
    while !take("}") {
      guard case .text(let key) = try value() else { throw damaged() }
      try expect(":")
      entries[key] = try value()
      if !take(",") {
        try expect("}")
        break
      }
    }
    return entries
  }

  private mutating func value() throws -> Value {
    if take("'") { return .text(try text(until: UInt8(ascii: "'"))) }
    if take("\"") { return .text(try text(until: UInt8(ascii: "\""))) }
    if take("(") { return .tuple(try integers()) }
    if take("[") {
      try skipList()
      return .list
    }
    for (word, truth) in [("True", true), ("False", false)] where bytes[offset...].starts(with: word.utf8) {
      offset += word.utf8.count
      return .boolean(truth)
    }
    throw damaged()
  }

  private mutating func text(until quote: UInt8) throws -> String {
    guard let end = bytes[offset...].firstIndex(of: quote) else { throw damaged() }
    defer { offset = end + 1 }
    return String(decoding: bytes[offset..<end], as: UTF8.self)
  }

  private mutating func integers() throws -> [Int] {
    var result: [Int] = []
    while !take(")") {
      skipSpaces()
      let digits = bytes[offset...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let number = Int(String(decoding: digits, as: UTF8.self)) else { throw damaged() }
      result.append(number)
      offset += digits.count
      _ = take("L")  // Python 2 wrote long integers so.
      if !take(",") {
        try expect(")")
        break
      }
    }
    return result
  }

  private mutating func skipList() throws {
    var depth = 1
    while depth > 0 {
      guard offset < bytes.count else { throw damaged() }
      if bytes[offset] == UInt8(ascii: "[") { depth += 1 }
      if bytes[offset] == UInt8(ascii: "]") { depth -= 1 }
      offset += 1
    }
  }

  private mutating func skipSpaces() {
    while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpaces()
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard take(character) else { throw damaged() }
  }

  private func damaged() -> PareError {
    PareError(.badInput, "the NPY header cannot be read at byte \(offset); the file is damaged")
  }
}
