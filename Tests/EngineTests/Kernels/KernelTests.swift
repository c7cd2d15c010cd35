import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Every kernel against its operator's reference evaluation.
@Suite(.serialized) struct KernelTests {
  static let differentiable = KernelCase.all + KernelCase.operators
  static let every = differentiable + KernelCase.forwardOnly + KernelCase.ranked + KernelCase.onIntegers

  @Test(arguments: every, [1, 2])
  func agreesWithTheReference(test: KernelCase, threads: Int) throws {
    let graph = try test.graph()
    let input = test.input()
    let expected = try ReferenceEvaluation(of: graph, inputs: ["x": input], batch: test.batch).values["y"]!
    for fuses in [false, true] {
      let program = try Program(
        graph: graph, batch: test.batch, parameters: ParameterMemory(graph: graph), engine: Engine(threads: threads),
        options: ProgramOptions(fusesInference: fuses))
      for _ in 0..<2 {
        let result = try program.run(["x": input])["y"]!
        #expect(result.shape == expected.shape)
        #expect(Tolerance.relative(result, expected) < Tolerance.float32)
      }
    }
  }

  /// Gradients by every parameter and the input, compiled, against the same gradient graph evaluated in double precision.
  @Test(arguments: differentiable)
  func gradientsAgreeWithTheReference(test: KernelCase) throws {
    var graph = try test.graph()
    let shape = try graph.facts()["y"]!.knownShape()
    let builder = try GraphBuilder(extending: graph)
    let product = try builder.product(Value("y"), builder.input("loss.weights", shape: shape))
    let loss = try builder.add(ReduceSum(axes: [], keepDimensions: false), product)
    try builder.output(loss, as: "loss")
    graph = try builder.build()
    let targets = graph.trainableParameters() + ["x"]
    let gradient = try graph.differentiated(loss: "loss", withRespectTo: targets)
    var wanted = gradient.graph
    for name in gradient.gradients.values.sorted() where !wanted.isOutput(name) {
      wanted.outputs.append(GraphPort(name, try wanted.facts()[name]!.type))
    }
    let inputs = [
      "x": test.input(), "loss.weights": KernelCase.weights(shape.bound(toBatch: test.batch), seed: 11),
    ]
    let expected = try ReferenceEvaluation(of: wanted, inputs: inputs, batch: test.batch, double: true).values
    let program = try Program(
      graph: wanted, batch: test.batch, parameters: ParameterMemory(graph: wanted), engine: Engine(threads: 2),
      options: ProgramOptions(fusesInference: false))
    let results = try program.run(inputs)
    #expect(!gradient.gradients.isEmpty)
    for (target, name) in gradient.gradients {
      #expect(Tolerance.relative(results[name]!, expected[name]!) < Tolerance.float32, "gradient by \(target)")
    }
  }

  /// Nothing but the forms that are documented as slow may run the reference.
  @Test func commonOperatorsHaveKernels() throws {
    let slow: Set<String> = [
      "transposed convolution over three axes", "product of elements", "max pool that says where",
      "resize with something outside", "einsum of a single operand", "quantization to its own range",
    ]
    for test in Self.every where !slow.contains(test.name) {
      let graph = try test.graph()
      let program = try Program(
        graph: graph, batch: 2, parameters: ParameterMemory(graph: graph), engine: Engine(threads: 1))
      #expect(!program.layers.contains { $0.isReference }, "\(test.name)")
    }
  }
}
