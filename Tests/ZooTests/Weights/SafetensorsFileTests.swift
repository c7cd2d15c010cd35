import Tensors
import Testing

@testable import Zoo

@Suite struct SafetensorsFileTests {
  @Test func readsTensorsOfAllTypes() throws {
    let header = """
      {"__metadata__":{"a":"b"},
       "f":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
       "h":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]},
       "b":{"dtype":"BF16","shape":[],"data_offsets":[12,14]},
       "i":{"dtype":"I64","shape":[1],"data_offsets":[14,22]},
       "z":{"dtype":"F32","shape":[0,3],"data_offsets":[22,22]}}   \n
      """
    let data: [UInt8] = [
      0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0x3C, 0, 0xC0, 0x40, 0x40, 5, 0, 0, 0, 0, 0, 0, 0,
    ]
    let file = try SafetensorsFile(bytes: SafetensorsBytes.file(header: header, data: data))
    #expect(file.names == ["f", "h", "b", "i", "z"])
    #expect(file.tensor("f") == Tensor([Float(1), -2]))
    #expect(file.tensor("h")?.dataType == .float16 && file.tensor("h")?.doubles == [1, -2])
    #expect(file.tensor("b")?.shape == [] && file.tensor("b")?.doubles == [3])
    #expect(file.tensor("i") == Tensor([Int64(5)]))
    #expect(file.tensor("z")?.count == 0 && file.shape(of: "z") == [0, 3])
    #expect(file.tensor("none") == nil && !file.contains("none"))
  }

  @Test func anEmptyFileHasNoTensors() throws {
    #expect(try SafetensorsFile(bytes: SafetensorsBytes.file(header: "{}")).names.isEmpty)
  }

  private static func entry(_ shape: String, _ offsets: String, type: String = "F32") -> String {
    "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  /// Headers for eight bytes of data that must be refused, with what the message says.
  static let wrong: [(header: String, message: String)] = [
    ("", "no JSON object"), ("[]", "no JSON object"), ("{\"a\":3}", "no JSON object"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "no JSON object"),
    ("{\"a\":\(entry("[2.5]", "[0,8]"))}", "no JSON object"),
    ("{\"a\":\(entry("[1e30]", "[0,8]"))}", "no JSON object"),
    ("{\"a\":\(entry("[2]", "[0,8]", type: "F8_E4M3"))}", "F8_E4M3"),
    ("{\"a\":\(entry("[3]", "[0,12]"))}", "of 8 in the file"),
    ("{\"a\":\(entry("[2]", "[-8,0]"))}", "of 8 in the file"),
    ("{\"a\":\(entry("[2]", "[8,0]"))}", "of 8 in the file"),
    ("{\"a\":\(entry("[2]", "[0]"))}", "of 8 in the file"),
    ("{\"a\":\(entry("[2]", "[0,8,9]"))}", "of 8 in the file"),
    ("{\"a\":\(entry("[-2]", "[0,8]"))}", "do not hold"), ("{\"a\":\(entry("[3]", "[0,8]"))}", "do not hold"),
    ("{\"a\":\(entry("[4611686018427387904,4]", "[0,0]"))}", "do not hold"),
    ("{\"a\":\(entry("[1]", "[4,8]"))}", "overlap or leave a gap"),
    ("{\"a\":\(entry("[2]", "[0,8]")),\"b\":\(entry("[1]", "[4,8]"))}", "overlap or leave a gap"),
    ("{\"a\":\(entry("[1]", "[0,4]"))}", "4 bytes at the end"), ("{}", "8 bytes at the end"),
  ]

  @Test(arguments: wrong.indices)
  func damagedHeadersAreRefused(_ index: Int) {
    let (header, message) = Self.wrong[index]
    let bytes = SafetensorsBytes.file(header: header, data: [UInt8](repeating: 0, count: 8))
    #expect {
      try SafetensorsFile(bytes: bytes)
    } throws: { error in
      guard let error = error as? PareError else { return false }
      return [.badInput, .unsupported].contains(error.code) && error.message.contains(message)
    }
  }

  @Test(
    arguments: [
      [], [1, 2, 3], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B], [9, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D],
    ] as [[UInt8]])
  func lengthsBeyondTheFileAreRefused(_ bytes: [UInt8]) {
    #expect { try SafetensorsFile(bytes: bytes) } throws: { ($0 as? PareError)?.code == .badInput }
  }

  /// Every file that a good one becomes by cutting its end off is refused.
  @Test func truncatedFilesAreRefused() throws {
    let whole = SafetensorsBytes.file([("a", [2, 2], [1, 2, 3, 4]), ("b", [1], [5])])
    #expect(try SafetensorsFile(bytes: whole).tensor("b") == Tensor([Float(5)]))
    for count in 0..<whole.count {
      #expect(throws: PareError.self) { try SafetensorsFile(bytes: Array(whole.prefix(count))) }
    }
  }

  @Test func aFileThatIsNotThereIsNotFound() {
    #expect { try SafetensorsFile(contentsOf: "/nonexistent/x.safetensors") } throws: {
      ($0 as? PareError)?.code == .notFound
    }
  }
}
