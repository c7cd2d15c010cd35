import Testing

@testable import Tensors

@Suite struct TensorTests {
  @Test func copiesShareMemoryUntilWrittenTo() {
    let original = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    var copy = original
    copy.withUnsafeMutableBytes { $0.bindMemory(to: Float.self)[0] = 9 }
    #expect(original.floats == [1, 2, 3, 4])
    #expect(copy.floats == [9, 2, 3, 4])
  }

  @Test func bytesThatDoNotMatchTheShapeAreRefused() {
    let bytes = [UInt8](repeating: 0, count: 12)
    #expect(throws: PareError.self) {
      try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: [2, 2], dataType: .float32) }
    }
    #expect(throws: PareError.self) {
      try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: [Int.max / 2, 4], dataType: .float32) }
    }
  }

  @Test func unsignedIntegersAreNumbersNotBits() {
    #expect(Tensor([UInt64(4), 5]).doubles == [4, 5])
    #expect(Tensor([UInt64(4), .max]).integers == [4, .max])
    #expect(Tensor([UInt32.max]).floats == [4_294_967_296])
  }

  @Test("every byte but 0 is true") func booleansOfForeignBytes() throws {
    let tensor = try [UInt8](arrayLiteral: 0, 1, 2, 255).withUnsafeBytes {
      try Tensor(bytes: $0, shape: [4], dataType: .bool)
    }
    #expect(tensor == Tensor([false, true, true, true]))
    #expect(tensor.doubles == [0, 1, 1, 1])
  }

  @Test(arguments: [0, 1, -2.5, 65504, 6e-8, 3.140625, -0.0])
  func halfPrecisionKeepsRepresentableValues(value: Double) {
    let bits = HalfPrecision.float16Bits(Float(value))
    #expect(abs(Double(HalfPrecision.float(fromFloat16: bits)) - value) <= 1e-8)
  }

  @Test func halfPrecisionRoundsToNearestEven() {
    #expect(HalfPrecision.float(fromFloat16: HalfPrecision.float16Bits(2049)) == 2048)
    #expect(HalfPrecision.float(fromFloat16: HalfPrecision.float16Bits(2051)) == 2052)
    #expect(HalfPrecision.float(fromBFloat16: HalfPrecision.bfloat16Bits(1.00390625)) == 1)
    #expect(HalfPrecision.float16Bits(70000) == 0x7C00)
  }

  @Test func conversionToIntegersSaturates() {
    #expect(Tensor(doubles: [300, -300, .nan], shape: [3], dataType: .int8).doubles == [127, -128, 0])
  }

  @Test(arguments: DataType.allCases)
  func smallNumbersSurviveEveryType(type: DataType) {
    let numbers: [Double] = type == .bool ? [0, 1] : [0, 1, 3, 100]
    #expect(Tensor(doubles: numbers, shape: [numbers.count], dataType: type).doubles == numbers)
  }

  @Test func streamsWithDifferentKeysDiffer() {
    var a = RandomSource(seed: 1, 2, 3)
    var b = RandomSource(seed: 1, 3, 2)
    var again = RandomSource(seed: 1, 2, 3)
    let first = a.next()
    #expect(first != b.next())
    #expect(first == again.next())
  }
}
