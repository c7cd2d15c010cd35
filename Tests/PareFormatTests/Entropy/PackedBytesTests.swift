import Foundation
import Tensors
import Testing

@testable import PareFormat

struct PackedBytesTests {
  private func packed(_ bytes: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    bytes.withUnsafeBufferPointer { PackedBytes.write($0, to: &writer) }
    return writer.bytes
  }

  private func unpacked(_ bytes: [UInt8], expected: Int? = nil) throws -> [UInt8] {
    try bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      let result = try PackedBytes.read(from: &reader, expected: expected)
      try reader.finish()
      return result
    }
  }

  /// Bytes of several distributions: one value, two, few, and a long tail that needs codes of every length.
  private static func sample(_ kind: Int, count: Int) -> [UInt8] {
    var random = RandomSource(seed: UInt64(kind))
    return (0..<count).map { _ in
      switch kind {
      case 0: 42
      case 1: random.uniform() < 0.99 ? 0 : 255
      case 2: UInt8(random.uniform() * 3)
      case 3: UInt8(min(-40 * Foundation.log(1 - random.uniform()), 255))
      case 4: UInt8(truncatingIfNeeded: Int(random.normal() * 3))
      default: UInt8(random.uniform() * 256)
      }
    }
  }

  @Test(arguments: 0..<6, [0, 1, 2, 3, 7, 8, 9, 63, 64, 1000, 4097, 100_000])
  func bytesComeBack(kind: Int, count: Int) throws {
    let bytes = Self.sample(kind, count: count)
    let packed = packed(bytes)
    #expect(try unpacked(packed) == bytes)
    #expect(packed.count <= count + 6)
  }

  /// A code is at most one bit longer than the values' information, and here far less.
  @Test func lengthIsNearTheEntropy() {
    let bytes = Self.sample(4, count: 100_000)
    var counts = [Int](repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    let bits = counts.filter { $0 > 0 }.reduce(0) { sum, count in
      sum - Double(count) * Foundation.log2(Double(count) / Double(bytes.count))
    }
    #expect(Double(packed(bytes).count) < bits / 8 * 1.02 + 64)
  }

  @Test func anEndThatIsMissingOrTooMuchIsRefused() throws {
    for kind in 0..<6 {
      let packed = packed(Self.sample(kind, count: 300))
      for count in 0..<packed.count { #expect(throws: PareError.self) { try unpacked(Array(packed[..<count])) } }
      #expect(throws: PareError.self) { try unpacked(packed + [0]) }
      #expect(throws: PareError.self) { try unpacked(packed, expected: 299) }
    }
  }

  /// Damage that no check sum has seen: an error, or other bytes, and never more memory than the file can stand for.
  @Test func damagedBytesDoNotTrap() throws {
    for kind in 0..<6 {
      let packed = packed(Self.sample(kind, count: 300))
      for position in packed.indices {
        for bit in 0..<8 {
          var damaged = packed
          damaged[position] ^= 1 << bit
          do {
            #expect(try unpacked(damaged).count <= 8 * damaged.count)
          } catch {
            #expect(error is PareError)
          }
        }
      }
    }
  }
}
