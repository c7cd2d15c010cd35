import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Tensors without elements flow through every kernel as through the reference.
@Suite(.serialized) struct EmptyTensorTests {
  @Test(arguments: KernelCase.all + KernelCase.forwardOnly, [0, 1, -1])
  func flowThroughEveryKernel(test: KernelCase, axis: Int) throws {
    var shape = test.shape
    shape[axis < 0 ? shape.rank - 1 : axis] = .fixed(0)
    guard let graph = try Self.graph(test, shape: shape) else { return }
    let input = Tensor(zeros: shape.bound(toBatch: test.batch))
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: test.batch).values["y"]!
    for fuses in [false, true] {
      let program = try Program(
        graph: graph, batch: test.batch, parameters: ParameterMemory(graph: graph), engine: Engine(threads: 2),
        options: ProgramOptions(fusesInference: fuses))
      let result = try program.run(["x": input])["y"]!
      #expect(result.shape == expected.shape)
      #expect(result.dataType == expected.dataType)
      #expect(Tolerance.relative(result, expected) < Tolerance.float32)
    }
  }

  /// An empty batch fits nearly everywhere: what is not run above is refused by a shape rule.
  @Test func emptyBatchesAreSeldomRefused() throws {
    let refused = try (KernelCase.all + KernelCase.forwardOnly).filter { test in
      var shape = test.shape
      shape[0] = .fixed(0)
      return try Self.graph(test, shape: shape) == nil
    }
    #expect(refused.count * 5 <= KernelCase.all.count, "\(refused.map(\.name))")
  }

  /// The case's graph on an input of another shape; nil where a shape rule refuses it.
  private static func graph(_ test: KernelCase, shape: ValueShape) throws -> Graph? {
    let builder = GraphBuilder(name: test.name)
    do {
      let y = try test.build(builder, builder.input("x", shape: shape))
      try builder.output(y, as: "y")
    } catch is PareError {
      return nil
    }
    return try builder.build()
  }
}
