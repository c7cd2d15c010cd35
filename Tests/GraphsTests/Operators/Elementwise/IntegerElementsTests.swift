import Graphs
import Tensors
import Testing

@Suite("Elementwise operators on integers are exact and wrap around") struct IntegerElementsTests {
  private let context = EvaluationContext(batch: 1)

  @Test func largeNumbersKeepEveryBit() throws {
    let (a, b) = (Tensor([Int64(1) << 60 + 1]), Tensor([Int64(2)]))
    #expect(try Add().evaluate([a, b], in: context)[0].array(of: Int64.self) == [1 << 60 + 3])
    #expect(try Sub().evaluate([a, b], in: context)[0].array(of: Int64.self) == [1 << 60 - 1])
    #expect(try Div().evaluate([a, b], in: context)[0].array(of: Int64.self) == [1 << 59])
    #expect(try Max().evaluate([a, b], in: context)[0] == a)
    #expect(try Neg().evaluate([a], in: context)[0].array(of: Int64.self) == [-(1 << 60) - 1])
    #expect(try Equal().evaluate([a, Tensor([Int64(1) << 60])], in: context)[0].array(of: Bool.self) == [false])
  }

  @Test func bytesWrapAround() throws {
    let (a, b) = (Tensor([Int8(-128), 100]), Tensor([Int8(-1), 100]))
    #expect(try Add().evaluate([a, b], in: context)[0].array(of: Int8.self) == [127, -56])
    #expect(try Mul().evaluate([a, b], in: context)[0].array(of: Int8.self) == [-128, 16])
    #expect(try Neg().evaluate([a], in: context)[0].array(of: Int8.self) == [-128, -100])
    #expect(try Abs().evaluate([a], in: context)[0].array(of: Int8.self) == [-128, 100])
  }

  @Test("a division by 0 gives 0, and a remainder likewise") func zero() throws {
    let (a, b) = (Tensor([Int32(5), .min]), Tensor([Int32(0), -1]))
    #expect(try Div().evaluate([a, b], in: context)[0].array(of: Int32.self) == [0, .min])
    #expect(try Mod(followsDividend: false).evaluate([a, b], in: context)[0].array(of: Int32.self) == [0, 0])
  }
}
