import Testing

@testable import PareFormat

struct CRC32CTests {
  private func check(_ pieces: [UInt8]...) -> UInt32 {
    var check = CRC32C()
    for piece in pieces { piece.withUnsafeBytes { check.add($0) } }
    return check.value
  }

  /// The check values of RFC 3720, appendix B.4, and of the usual nine digits.
  @Test func agreesWithPublishedValues() {
    #expect(check(Array("123456789".utf8)) == 0xE306_9283)
    #expect(check([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(check([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(check(Array(0..<32)) == 0x46DD_794E)
    #expect(check([]) == 0)
  }

  @Test func piecesAreCheckedAsOneRun() {
    let bytes = (0..<100).map { UInt8($0 * 7 % 251) }
    for cut in 0...bytes.count { #expect(check(Array(bytes[..<cut]), Array(bytes[cut...])) == check(bytes)) }
  }
}
