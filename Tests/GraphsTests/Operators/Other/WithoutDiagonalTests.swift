import Graphs
import Tensors
import TestSupport
import Testing

@Suite struct WithoutDiagonalTests {
  @Test(arguments: [[3, 3], [2, 3, 2], [2, 2, 4]]) func diagonalsAreZero(shape: [Int]) throws {
    let x = Tensor(repeating: Float(1), shape: Shape(shape))
    let y = try WithoutDiagonal().evaluate([x], in: EvaluationContext(batch: 1))[0].floats
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    for (index, value) in y.enumerated() {
      #expect(value == (index % (rows * columns) / columns == index % columns ? 0 : 1))
    }
  }

  @Test func gradient() throws {
    #expect(try GradientCase("", WithoutDiagonal(), [SampleTensors.normal([2, 3, 3])]).mismatches() == [])
  }

  @Test func aVectorHasNone() {
    #expect(throws: PareError.self) {
      try WithoutDiagonal().outputTypes(for: [InputFact(ValueType(.float32, [.batch]))])
    }
  }
}
