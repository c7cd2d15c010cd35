import Graphs
import Tensors
import TestSupport
import Testing

@Suite struct WhereTests {
  static let truths = Tensor([true, false, true, true, false, false], shape: [2, 3])
  static let cases = [
    GradientCase(
      "equal shapes", Where(), [truths, SampleTensors.normal([2, 3]), SampleTensors.normal([2, 3], seed: 2)],
      wanted: [1, 2]),
    GradientCase(
      "a repeated condition", Where(),
      [truths, SampleTensors.normal([2, 2, 3]), SampleTensors.normal([2, 2, 3], seed: 2)], wanted: [1, 2]),
    GradientCase(
      "repeated values", Where(), [truths, SampleTensors.normal([3]), SampleTensors.normal([4, 1, 1], seed: 2)],
      wanted: [1, 2]),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("the condition must be boolean, the values of one type") func types() {
    func fact(_ type: DataType) -> InputFact { InputFact(ValueType(type, [.fixed(2)])) }
    #expect(throws: PareError.self) { try Where().outputTypes(for: [fact(.uint8), fact(.float32), fact(.float32)]) }
    #expect(throws: PareError.self) { try Where().outputTypes(for: [fact(.bool), fact(.float32), fact(.int64)]) }
    #expect(throws: PareError.self) { try And().outputTypes(for: [fact(.int32), fact(.int32)]) }
  }

  @Test("elements of any type are chosen bit by bit") func anyType() throws {
    let context = EvaluationContext(batch: 1)
    let (a, b) = (Tensor([Int64.max, 1, 2]), Tensor([Int64.min, 3, 4]))
    let condition = Tensor([true, false, true])
    #expect(try Where().evaluate([condition, a, b], in: context)[0].array(of: Int64.self) == [.max, 3, 2])
    let booleans = try Where().evaluate([condition, condition, Tensor(scalar: true)], in: context)[0]
    #expect(booleans.array(of: Bool.self) == [true, true, true])
  }
}

/// A comparison of two extents, and what is known of it before the batch size is.
struct ExtentComparison: Sendable, CustomTestStringConvertible {
  var a: Dimension
  var b: Dimension
  var isEqual: Int?
  var isLess: Int?
  var testDescription: String { "\(a) and \(b)" }

  init(_ a: Dimension, _ b: Dimension, isEqual: Int?, isLess: Int?) {
    (self.a, self.b, self.isEqual, self.isLess) = (a, b, isEqual, isLess)
  }
}

@Suite("Logic on shapes that depend on the batch") struct SymbolicLogicTests {
  static let comparisons = [
    ExtentComparison(.fixed(2), .fixed(3), isEqual: 0, isLess: 1),
    ExtentComparison(.fixed(3), .fixed(3), isEqual: 1, isLess: 0),
    ExtentComparison(.batch, .batch, isEqual: 1, isLess: 0),
    ExtentComparison(.batch, .batch(2), isEqual: 0, isLess: 1),
    ExtentComparison(.batch, .fixed(-1), isEqual: 0, isLess: 0),
    ExtentComparison(.fixed(0), .batch, isEqual: 0, isLess: 1),
    ExtentComparison(.batch, .fixed(1), isEqual: nil, isLess: 0),
    ExtentComparison(.batch, .fixed(8), isEqual: nil, isLess: nil),
    ExtentComparison(.fixed(8), .batch, isEqual: nil, isLess: nil),
  ]

  private func fact(_ elements: Dimension...) -> InputFact {
    InputFact(ValueType(.int64, [.fixed(elements.count)]), symbolic: elements)
  }

  private func first(_ op: any Operator, _ a: Dimension, _ b: Dimension) -> Int? {
    op.symbolicOutput(for: [fact(a), fact(b)])?[0].fixedExtent
  }

  @Test(arguments: comparisons) func comparison(_ example: ExtentComparison) {
    let (a, b) = (example.a, example.b)
    #expect(first(Equal(), a, b) == example.isEqual)
    #expect(first(Equal(), b, a) == example.isEqual)
    #expect(first(Less(), a, b) == example.isLess)
    #expect(first(Greater(), b, a) == example.isLess)
    #expect(first(GreaterOrEqual(), a, b) == example.isLess.map { 1 - $0 })
    #expect(first(LessOrEqual(), b, a) == example.isLess.map { 1 - $0 })
  }

  @Test("a choice keeps extents that depend on the batch") func choice() {
    let condition = InputFact(ValueType(.bool, [.fixed(3)]), constant: Tensor([true, false, false]))
    let chosen = Where().symbolicOutput(for: [condition, fact(.fixed(1)), fact(.fixed(-1), .batch, .batch(4))])
    #expect(chosen == [.fixed(1), .batch, .batch(4)])
    #expect(Where().symbolicOutput(for: [condition, fact(.fixed(1), .fixed(2)), fact(.batch)]) == nil)
  }

  @Test func functionsOfBooleans() {
    #expect(first(And(), .fixed(1), .fixed(0)) == 0)
    #expect(first(Or(), .fixed(1), .fixed(0)) == 1)
    #expect(first(Xor(), .fixed(1), .fixed(1)) == 0)
    #expect(Not().symbolicOutput(for: [fact(.fixed(0), .fixed(1))]) == [.fixed(1), .fixed(0)])
    #expect(Not().symbolicOutput(for: [fact(.batch)]) == nil)
  }

  @Test func extremesRemaindersRepetitionsAndRanges() {
    #expect(
      Min().symbolicOutput(for: [fact(.batch, .fixed(4)), fact(.fixed(0), .fixed(3))]) == [.fixed(0), .fixed(3)])
    #expect(Max().symbolicOutput(for: [fact(.batch, .fixed(4)), fact(.fixed(0), .fixed(3))]) == [.batch, .fixed(4)])
    #expect(Max().symbolicOutput(for: [fact(.batch), fact(.fixed(8))]) == nil)
    #expect(first(Mod(followsDividend: false), .fixed(-7), .fixed(3)) == 2)
    #expect(first(Mod(followsDividend: true), .fixed(-7), .fixed(3)) == -1)
    #expect(Expand(to: [.fixed(2)]).symbolicOutput(for: [fact(.batch)]) == [.batch, .batch])
    #expect(NumberRange(from: 1, to: 8, by: 3).symbolicOutput(for: []) == [.fixed(1), .fixed(4), .fixed(7)])
    #expect(NumberRange(from: 0, to: 1, by: 0.5, dataType: .float32).symbolicOutput(for: []) == nil)
  }
}
