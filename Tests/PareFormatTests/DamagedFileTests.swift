import Foundation
import Graphs
import Tensors
import Testing

@testable import PareFormat

struct DamagedFileTests {
  private func code(_ body: () throws -> Void) -> PareError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? PareError)?.code
    }
  }

  @Test func everyFlippedBitIsNoticed() throws {
    let bytes = try Networks.small().pareBytes()
    for position in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[position] ^= 1 << bit
        // A bit of the version makes a newer file of it.
        let expected: PareError.Code = (8..<12).contains(position) && damaged[8] != 0 ? .unsupported : .badInput
        #expect(code { _ = try Model(pare: damaged) } == expected, "byte \(position), bit \(bit)")
      }
    }
  }

  @Test func everyByteThatIsAnotherIsNoticed() throws {
    let bytes = try Networks.small().pareBytes()
    for position in bytes.indices {
      for change: UInt8 in [0xFF, 0x55, 1 + UInt8(position % 250)] {
        var damaged = bytes
        damaged[position] ^= change
        #expect(code { _ = try Model(pare: damaged) } != nil, "byte \(position)")
      }
    }
  }

  @Test func everyCutIsNoticed() throws {
    let bytes = try Networks.small().pareBytes()
    for count in bytes.indices { #expect(code { _ = try Model(pare: Array(bytes[..<count])) } == .badInput) }
  }

  @Test func whatStandsBehindTheEndIsNoticed() throws {
    let bytes = try Networks.small().pareBytes()
    #expect(code { _ = try Model(pare: bytes + [0]) } == .badInput)
    #expect(code { _ = try Model(pare: bytes + bytes) } == .badInput)
  }

  @Test func aNewerVersionIsRefused() throws {
    var bytes = try Networks.small().pareBytes()
    bytes[8] = UInt8(PareFile.version + 1)
    let error = #expect(throws: PareError.self) { try Model(pare: bytes) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("version \(PareFile.version + 1)") == true)
  }

  @Test func theErrorSaysWhere() throws {
    var bytes = try Networks.small().pareBytes()
    bytes[bytes.count - 1] ^= 1
    let error = #expect(throws: PareError.self) { try Model(pare: bytes) }
    #expect(error?.context.contains { $0 == ("tensor", "second_16") } == true)
    #expect(error?.context.contains { $0.key == "offset" } == true)
  }

  /// The sections of a file, to be written anew with right check sums.
  private func sections(of bytes: [UInt8]) throws -> [(kind: Section.Kind, content: [UInt8])] {
    try bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      try PareFile.readHeader(&reader)
      var sections: [(kind: Section.Kind, content: [UInt8])] = []
      while reader.left > 0 {
        let kind: Section.Kind = sections.isEmpty ? .network : .weight
        sections.append((kind, Array(try Section.read(kind, from: &reader))))
      }
      return sections
    }
  }

  private func file(_ sections: [(kind: Section.Kind, content: [UInt8])]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(PareFile.magic)
    writer.append(number: UInt32(PareFile.version))
    for (kind, content) in sections { Section.write(content, as: kind, to: &writer) }
    return writer.bytes
  }

  /// A file that was made to deceive: every bit of every section flipped, and its check sum right.
  @Test func whatTheCheckSumsDoNotSeeIsAnErrorOrANetwork() throws {
    let sections = try sections(of: Networks.small().pareBytes())
    for index in sections.indices {
      for position in sections[index].content.indices {
        for bit in 0..<8 {
          var damaged = sections
          damaged[index].content[position] ^= 1 << bit
          do { _ = try Model(pare: file(damaged)) } catch {
            #expect(error is PareError, "section \(index), byte \(position), bit \(bit)")
          }
        }
      }
    }
  }

  @Test func sectionsThatAreMissingDoubleOrTurnedAreRefused() throws {
    let sections = try sections(of: Networks.small().pareBytes())
    for wrong in [
      [], [sections[0]], Array(sections.dropFirst()), sections + [sections[1]], [sections[0]] + sections,
      [sections[0], sections[2], sections[1]], [sections[1], sections[0], sections[2]], Array(sections.dropLast()),
    ] {
      #expect(code { _ = try Model(pare: file(wrong)) } == .badInput)
    }
  }

  /// A shape that asks for more than the bytes can stand for.
  @Test func anImpossibleShapeIsRefused() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(4)])
    let w = builder.parameter("w", Tensor(zeros: [4, 1 << 20]))
    try builder.output(builder.add(MatMul(), x, w), as: "y")
    var sections = try sections(of: Model(builder.build()).pareBytes())
    #expect(code { _ = try Model(pare: file(sections)) } == nil)
    #expect(sections[1].content.count < 4096)
    sections[1].content = Array(sections[1].content.prefix(64))
    let error = #expect(throws: PareError.self) { try Model(pare: file(sections)) }
    #expect(error?.message.contains("cannot be in 63 bytes") == true)
  }
}
