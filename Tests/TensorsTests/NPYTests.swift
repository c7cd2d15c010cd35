import Foundation
import Testing

@testable import Tensors

@Suite struct NPYTests {
  /// A file as NumPy 2 writes it: version, dictionary, padding to a multiple of 64, elements.
  private func file(_ version: UInt8, _ dictionary: String, _ elements: [UInt8]) -> [UInt8] {
    let front = version == 1 ? 10 : 12
    var text = Array(dictionary.utf8)
    while (front + text.count + 1) % 64 != 0 { text.append(0x20) }
    text.append(0x0A)
    let length = [UInt8(text.count & 255), UInt8(text.count >> 8)] + (version == 1 ? [] : [0, 0])
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + elements
  }

  private func decode(_ bytes: [UInt8]) throws -> Tensor { try bytes.withUnsafeBytes { try NPY.decode($0) } }

  private let floats = [0, 1, 2, 3, 4, 5].flatMap { value in withUnsafeBytes(of: Float(value)) { Array($0) } }

  @Test func writesWhatNumPyWrites() {
    let tensor = Tensor([0, 1, 2, 3, 4, 5] as [Float], shape: [2, 3])
    #expect(NPY.encode(tensor) == file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats))
    let vector = NPY.encode(Tensor([true, false]))
    #expect(vector == file(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", [1, 0]))
  }

  @Test(arguments: [1, 2, 3] as [UInt8]) func readsEveryVersion(version: UInt8) throws {
    let bytes = file(version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats)
    #expect(try decode(bytes) == Tensor([0, 1, 2, 3, 4, 5] as [Float], shape: [2, 3]))
  }

  @Test func fortranOrderIsTurned() throws {
    // numpy.asfortranarray(numpy.arange(24, dtype='<i2').reshape(2, 3, 4))
    let stored: [UInt8] = [
      0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23,
    ]
    let bytes = file(
      2, "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3, 4), }", stored.flatMap { [$0, 0] })
    #expect(try decode(bytes) == Tensor((0..<24).map { Int16($0) }, shape: [2, 3, 4]))
  }

  @Test(arguments: DataType.allCases, [[2, 3], [], [0, 4], [5]] as [Shape])
  func roundTrip(dataType: DataType, shape: Shape) throws {
    let tensor = Tensor(doubles: (0..<shape.count).map(Double.init), shape: shape, dataType: dataType)
    #expect(try decode(NPY.encode(tensor)) == tensor)
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = NPY.encode(Tensor([1, 2, 3] as [Int64]))
    for length in 0..<whole.count {
      #expect(throws: PareError.self, "\(length) bytes") { try decode(Array(whole[..<length])) }
    }
    #expect(throws: PareError.self) { try decode(whole + [0]) }
  }

  @Test(arguments: [
    ("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "big-endian"),
    ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "<c8"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "|O"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "structured"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 8), }", "no memory"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "byte"),
    ("{'descr': '<f4', 'shape': (1,), }", "fortran_order"),
    ("{'descr': '<f4', 'fortran_order': Fal", "byte"),
    ("", "byte"),
  ])
  func foreignHeadersSayWhatIsWrong(dictionary: String, mentions: String) {
    let error = #expect(throws: PareError.self) { try decode(file(1, dictionary, [0, 0, 0, 0])) }
    #expect(error?.message.contains(mentions) == true, "\(error?.message ?? "")")
  }

  @Test func filesAreWrittenBesideAndRenamed() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("npy-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("x.npy").path
    for value in [1, 2] as [Float] {
      try NPY.write(Tensor([value]), to: path)
      #expect(try NPY.read(path).floats == [value])
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.npy"])
    #expect(throws: PareError.self) { try NPY.write(Tensor([1] as [Float]), to: folder.path + "/none/x.npy") }
    let missing = #expect(throws: PareError.self) { try NPY.read(folder.path + "/y.npy") }
    #expect(missing?.code == .notFound)
  }
}
