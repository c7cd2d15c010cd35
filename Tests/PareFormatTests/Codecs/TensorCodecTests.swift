import Foundation
import Graphs
import ONNXFormat
import Tensors
import Testing

@testable import PareFormat

struct TensorCodecTests {
  @Test func theListIsSound() {
    #expect(Set(TensorCodecs.all.map { $0.number }).count == TensorCodecs.all.count)
    #expect(Set(TensorCodecs.all.map { $0.name }).count == TensorCodecs.all.count)
    #expect(
      TensorCodecs.all.map { "\($0.number) \($0.name)" } == ["0 raw", "1 huffman", "2 sparse", "3 sparse_blocks"])
  }

  private func form(of tensor: Tensor, by codec: any TensorCodec.Type) -> [UInt8]? {
    let layout = ElementLayout(shape: tensor.shape, dataType: tensor.dataType)
    return tensor.withUnsafeBytes { codec.encoded(StoredElements(layout: layout, bytes: $0)) }
  }

  private func decoded(_ stored: [UInt8], by codec: any TensorCodec.Type, like tensor: Tensor) throws -> Tensor {
    try stored.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      let layout = ElementLayout(shape: tensor.shape, dataType: tensor.dataType)
      let result = try codec.tensor(layout, from: &reader)
      try reader.finish()
      return result
    }
  }

  private func shortest(_ tensor: Tensor) -> (codec: String, bytes: Int) {
    let layout = ElementLayout(shape: tensor.shape, dataType: tensor.dataType)
    let (codec, bytes) = tensor.withUnsafeBytes { TensorCodecs.shortest(StoredElements(layout: layout, bytes: $0)) }
    return (codec.name, bytes.count)
  }

  /// Random bits, so that every NaN, infinity and denormal may stand, with a share of zeros; and -0.0 among the floats.
  private static func tensor(_ type: DataType, _ shape: Shape, sparsity: Double) throws -> Tensor {
    var random = RandomSource(seed: 3, UInt64(type.onnxCode), UInt64(sparsity * 100), UInt64(shape.count))
    var bytes = [UInt8](repeating: 0, count: shape.count * type.size)
    for element in 0..<shape.count where random.uniform() >= sparsity {
      let isNegativeZero = type.isFloat && random.uniform() < 0.1
      for byte in 0..<type.size {
        let place = element * type.size + byte
        if isNegativeZero {
          bytes[place] = byte == type.size - 1 ? 0x80 : 0
        } else {
          bytes[place] = type == .bool ? 1 : UInt8(truncatingIfNeeded: random.next())
        }
      }
    }
    return try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dataType: type) }
  }

  private static let shapes: [Shape] = [[], [0], [1], [3, 0, 2], [7], [33, 5], [16, 9, 3, 3], [40, 50]]

  @Test(arguments: DataType.allCases, [0, 0.5, 0.9, 0.99, 1])
  func everyCodecGivesTheBitsBack(type: DataType, sparsity: Double) throws {
    for shape in Self.shapes {
      let tensor = try Self.tensor(type, shape, sparsity: sparsity)
      for codec in TensorCodecs.all {
        guard let stored = form(of: tensor, by: codec) else { continue }
        #expect(try decoded(stored, by: codec, like: tensor) == tensor, "\(codec.name) \(shape)")
        for count in stride(from: 0, to: stored.count, by: 1 + stored.count / 50) {
          #expect(throws: PareError.self) { try decoded(Array(stored[..<count]), by: codec, like: tensor) }
        }
        #expect(throws: PareError.self) { try decoded(stored + [0], by: codec, like: tensor) }
      }
    }
  }

  @Test func specialFloatsAreValues() throws {
    let special: [Float] = [
      0, -0.0, .nan, -.nan, .signalingNaN, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
      .leastNormalMagnitude, .greatestFiniteMagnitude, 1,
    ]
    let tensor = Tensor(special + [Float](repeating: 0, count: 300))
    let stored = try #require(form(of: tensor, by: SparseElements.self))
    #expect(try decoded(stored, by: SparseElements.self, like: tensor) == tensor)
    #expect(shortest(tensor).codec == "sparse")
  }

  /// Three values, one after a gap of 600: gaps 2, 0, 255, 255, 90 and 3; the values' four bytes apart.
  @Test func aSparseVectorWorkedByHand() throws {
    var values = [Float](repeating: 0, count: 608)
    (values[2], values[3], values[604]) = (1, -2, 0.5)
    let stored = try #require(form(of: Tensor(values), by: SparseElements.self))
    // 1.0 is 3F800000, -2.0 is C0000000, 0.5 is 3F000000.
    #expect(
      stored == [
        6, 0, 2, 0, 255, 255, 90, 3,
        3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0x80, 0, 0, 3, 0, 0x3F, 0xC0, 0x3F,
      ])
  }

  @Test func ninetyPercentOfZerosTakeLittle() {
    var random = RandomSource(seed: 5)
    let floats = (0..<512 * 512).map { _ in random.uniform() < 0.9 ? 0 : Float(random.normal()) }
    let float = shortest(Tensor(floats, shape: [512, 512]))
    #expect(float.codec == "sparse")
    #expect(Double(float.bytes) <= 0.15 * 4 * 512 * 512)

    let integers = floats.map { Int8(max(-127, min(127, ($0 * 40).rounded()))) }
    let integer = shortest(Tensor(integers, shape: [512, 512]))
    #expect(Double(integer.bytes) <= 0.16 * 512 * 512)
  }

  /// A position for 16 weights instead of one for each.
  @Test(arguments: [(0, [64, 32, 3, 3]), (1, [96, 160])] as [(Int, Shape)])
  func blocksOfOutputsTakeOnePositionEach(axis: Int, shape: Shape) throws {
    var random = RandomSource(seed: 6)
    let layout = try BlockLayout(
      inner: shape.strides[axis], extent: shape[axis], length: 16, count: shape.count)
    var values = [Int8](repeating: 0, count: shape.count)
    for block in 0..<layout.blockCount where random.uniform() < 0.1 {
      for row in 0..<layout.size(ofBlock: block) {
        values[layout.start(ofBlock: block) + row * layout.inner] = Int8(1 + random.uniform() * 100)
      }
    }
    let tensor = Tensor(values, shape: shape)
    let found = shortest(tensor)
    #expect(found.codec == "sparse_blocks")
    let single = try #require(form(of: tensor, by: SparseElements.self))
    #expect(Double(found.bytes) < 0.9 * Double(single.count))
  }

  @Test func wholeKernelsAreBlocks() {
    var random = RandomSource(seed: 7)
    var values: [Float] = []
    for _ in 0..<64 * 32 {
      let isThere = random.uniform() < 0.2
      values += (0..<9).map { _ in isThere ? Float(random.normal()) : 0 }
    }
    #expect(shortest(Tensor(values, shape: [64, 32, 3, 3])).codec == "sparse_blocks")
  }

  @Test func denseWeightsStayNearTheirBytes() {
    var random = RandomSource(seed: 8)
    // The lower 16 bits of a float of a normal distribution are noise; sign and exponent are not.
    let float = Tensor.normal([256, 256], deviation: 0.05, from: &random)
    #expect(shortest(float).bytes < float.byteCount * 9 / 10)
    let noise = Tensor((0..<4096).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    #expect(shortest(noise) == ("raw", 4096))
  }
}
