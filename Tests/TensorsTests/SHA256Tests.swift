import Testing

@testable import Tensors

@Suite struct SHA256Tests {
  // The examples of FIPS 180-4 (appendix of the NIST example values), and lengths around a block's end from hashlib.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func hashesOfTheStandard(text: String, expected: String) {
    #expect(Array(text.utf8).withUnsafeBytes { SHA256.hexadecimal(of: $0) } == expected)
  }

  @Test func aMillionLettersInUnevenPieces() {
    var hash = SHA256()
    var left = 1_000_000
    var size = 1
    while left > 0 {
      let piece = min(size, left)
      hash.update([UInt8](repeating: UInt8(ascii: "a"), count: piece))
      left -= piece
      size = size * 3 % 1009 + 1
    }
    #expect(hash.hexadecimal == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test(arguments: [55, 56, 57, 63, 64, 65, 119, 120, 128])
  func piecesAndTheWholeAgree(length: Int) {
    let bytes = (0..<length).map { UInt8($0) }
    var pieces = SHA256()
    for byte in bytes { pieces.update([byte]) }
    #expect(pieces.hexadecimal == bytes.withUnsafeBytes { SHA256.hexadecimal(of: $0) })
  }
}
