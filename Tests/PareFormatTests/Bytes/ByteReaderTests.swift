import Tensors
import Testing

@testable import PareFormat

struct ByteReaderTests {
  private func reading<Result>(_ bytes: [UInt8], _ body: (inout ByteReader) throws -> Result) throws -> Result {
    try bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      let result = try body(&reader)
      try reader.finish()
      return result
    }
  }

  @Test(
    arguments: [
      (0, [0]), (127, [0x7F]), (128, [0x80, 0x01]), (300, [0xAC, 0x02]),
      (Int.max, [UInt8](repeating: 0xFF, count: 8) + [0x7F]),
    ] as [(Int, [UInt8])])
  func countsComeBack(count: Int, bytes: [UInt8]) throws {
    var writer = ByteWriter()
    writer.append(count: count)
    #expect(writer.bytes == bytes)
    #expect(try reading(bytes) { try $0.count() } == count)
  }

  @Test(
    "cut off, longer than it need be, longer than a number",
    arguments: [
      [], [0x80], [0x80, 0x00], [0xFF, 0x80, 0x00], [UInt8](repeating: 0xFF, count: 9) + [0x01],
      [UInt8](repeating: 0x80, count: 20),
    ] as [[UInt8]])
  func countsThatAreNoneAreRefused(bytes: [UInt8]) {
    #expect(throws: PareError.self) { try reading(bytes) { try $0.count() } }
  }

  @Test func numbersHaveTheLeastSignificantByteFirst() throws {
    var writer = ByteWriter()
    writer.append(number: 0x0102_0304 as UInt32)
    #expect(writer.bytes == [4, 3, 2, 1])
    #expect(try reading(writer.bytes) { try $0.number(UInt32.self) } == 0x0102_0304)
    #expect(throws: PareError.self) { try reading([1, 2, 3]) { try $0.number(UInt32.self) } }
  }

  @Test func piecesAreHeldAgainstWhatIsLeft() throws {
    #expect(try reading([1, 2, 3]) { Array(try $0.piece(2)) + [try $0.byte()] } == [1, 2, 3])
    for count in [4, -1, Int.max, Int.min] {
      #expect(throws: PareError.self) { try reading([1, 2, 3]) { Array(try $0.piece(count)) } }
    }
    #expect(throws: PareError.self) { try reading([1, 2, 3]) { try $0.byte() } }
  }
}
