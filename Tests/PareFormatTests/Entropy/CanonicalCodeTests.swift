import Tensors
import Testing

@testable import PareFormat

struct CanonicalCodeTests {
  /// 256 numbers that are 0 but for those given.
  private func numbers<Number: FixedWidthInteger>(_ given: [Int: Number]) -> [Number] {
    (0..<256).map { given[$0] ?? 0 }
  }

  /// The example of RFC 1951, section 3.2.2: A to H have 3, 3, 3, 3, 3, 2, 4 and 4 bits.
  @Test func codesAreThoseOfTheRFC() throws {
    let lengths: [UInt8] = [3, 3, 3, 3, 3, 2, 4, 4]
    let letters = Array(UInt8(ascii: "A")...UInt8(ascii: "H")).map(Int.init)
    let code = try CanonicalCode(lengths: numbers(Dictionary(uniqueKeysWithValues: zip(letters, lengths))))
    #expect(letters.map { code.codes[$0] } == [0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111])
  }

  /// The example of Cormen et al., "Introduction to algorithms", section 16.3: a to f, 45, 13, 12, 16, 9 and 5 times.
  @Test func lengthsAreThoseOfTheTextbook() {
    let counts: [Int: Int] = [0: 45, 1: 13, 2: 12, 3: 16, 4: 9, 5: 5]
    let code = CanonicalCode(for: numbers(counts))
    #expect(Array(code.lengths[..<6]) == [1, 3, 3, 3, 4, 4])
    #expect(code.bitCount(of: numbers(counts)) == 224)
    #expect(Array(code.codes[..<6]) == [0b0, 0b100, 0b101, 0b110, 0b1110, 0b1111])
  }

  /// Fibonacci counts make a plain Huffman code one bit longer with each value. The best code of 16 values within 12
  /// bits was found by trying all lengths that fill 12 bits (dynamic programming over the number of patterns left).
  @Test func lengthsAreLimitedAtTheLeastCost() {
    var counts = [1, 1]
    while counts.count < 16 { counts.append(counts[counts.count - 1] + counts[counts.count - 2]) }
    let lengths = CodeLengths.optimal(for: counts)
    #expect(lengths.max() == 12)
    #expect(lengths.reduce(0) { $0 + 4096 >> Int($1) } == 4096)
    #expect(zip(counts, lengths).reduce(0) { $0 + $1.0 * Int($1.1) } == Self.leastCost(counts, limit: 12))
    #expect(CodeLengths.optimal(for: counts, limit: 15) == [15, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  }

  /// The least cost of a complete code: counts in ascending order take lengths in descending order; a state is how many
  /// patterns of the longest code are left.
  private static func leastCost(_ counts: [Int], limit: Int) -> Int {
    var best = [1 << limit: 0]
    for count in counts.sorted() {
      var next: [Int: Int] = [:]
      for (left, cost) in best {
        for length in 1...limit where 1 << (limit - length) <= left {
          let key = left - 1 << (limit - length)
          next[key] = min(next[key] ?? .max, cost + count * length)
        }
      }
      best = next
    }
    return best[0]!
  }

  @Test func noneOneAndTwoValues() {
    #expect(CanonicalCode(for: numbers([:])).longest == 0)
    let one = CanonicalCode(for: numbers([7: 1000]))
    #expect(one.lengths[7] == 1 && one.onlyValue == 7)
    let two = CanonicalCode(for: numbers([7: 1000, 9: 1]))
    #expect(two.lengths[7] == 1 && two.lengths[9] == 1 && two.onlyValue == nil)
  }

  @Test func tablesComeBack() throws {
    var random = RandomSource(seed: 1)
    var codes = [
      CanonicalCode(for: numbers([:])), CanonicalCode(for: numbers([255: 3])), CanonicalCode(for: numbers([0: 3])),
    ]
    for values in [2, 3, 17, 100, 255, 256] {
      let present = (0..<256).shuffled(using: &random).prefix(values)
      codes.append(CanonicalCode(for: numbers(Dictionary(uniqueKeysWithValues: present.map { ($0, 1 << ($0 % 30)) }))))
    }
    for code in codes {
      try code.table.withUnsafeBytes { bytes in
        var reader = ByteReader(bytes)
        let read = try CanonicalCode(from: &reader)
        #expect(read == code)
        #expect(reader.left == 0)
      }
    }
    // Four values near zero, as int8 weights have them: seven half bytes.
    #expect(CanonicalCode(for: numbers([0: 9, 1: 4, 254: 1, 255: 4])).table.count == 4)
  }

  @Test(
    arguments: [
      [0: 1, 1: 1, 2: 1], [0: 1, 1: 2], [0: 2], [0: 2, 1: 2, 2: 2], [0: 13, 1: 1], [0: 12],
      Dictionary(
        uniqueKeysWithValues: (0..<256).map { ($0, UInt8(7)) }),
    ] as [[Int: UInt8]])
  func lengthsThatAreNoCodeAreRefused(lengths: [Int: UInt8]) {
    #expect(throws: PareError.self) { try CanonicalCode(lengths: numbers(lengths)) }
  }
}
