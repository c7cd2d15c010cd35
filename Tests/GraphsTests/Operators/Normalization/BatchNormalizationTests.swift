import Graphs
import Tensors
import TestSupport
import Testing

private func inputs(_ shape: Shape) -> [Tensor?] {
  let c: Shape = [shape[1]]
  return [
    SampleTensors.normal(shape, seed: 1), SampleTensors.normal(c, seed: 2), SampleTensors.normal(c, seed: 3),
    SampleTensors.normal(c, seed: 4), SampleTensors.positive(c, seed: 5),
  ]
}

@Suite struct BatchNormalizationTests {
  static let cases = [Shape([2, 3, 2, 2]), [4, 2], [1, 3, 5], [3, 1, 2, 2]].flatMap { shape in
    [
      GradientCase("inference \(shape)", BatchNormalization(), inputs(shape), wanted: [0, 1, 2]),
      GradientCase(
        "training \(shape)", BatchNormalization(epsilon: 1e-3), inputs(shape), wanted: [0, 1, 2], training: true),
    ]
  }

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("training normalises the batch and moves the running statistics as PyTorch does") func statistics() throws {
    let x = Tensor([Float(1), 2, 3, 6], shape: [4, 1])
    let unit = Tensor([Float(1)])
    let zero = Tensor([Float(0)])
    let op = BatchNormalizationTraining(epsilon: 0, momentum: 0.9)
    let outputs = try op.evaluate([x, unit, zero, zero, unit], in: EvaluationContext(batch: 4))
    // Mean 3; squared distances 4, 1, 0, 9: variance 3.5, unbiased 14/3.
    #expect(outputs[1].floats == [0.3])
    #expect(abs(outputs[2].floats[0] - (0.9 + 0.1 * 14 / 3)) < 1e-6)
    #expect(outputs[3].floats == [3])
    #expect(abs(outputs[0].doubles.reduce(0, +)) < 1e-6)
    #expect(abs(outputs[0].doubles.reduce(0) { $0 + $1 * $1 } / 4 - 1) < 1e-6)
  }

  @Test("the transform hands out running statistics to be written back") func stateWrites() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput("x", channels: 2, height: 3, width: 3)
    let y = try builder.mean(builder.batchNormalization(x, name: "bn"))
    try builder.output(y, as: "loss")
    let result = try builder.build().differentiated(loss: "loss", withRespectTo: ["bn.weight"])
    #expect(Set(result.stateWrites.keys) == ["bn.running_mean", "bn.running_var"])
  }
}
