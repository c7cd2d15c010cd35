import Graphs
import TestSupport
import Tensors
import Testing

@testable import Zoo

@Suite struct RepVGGTests {
  /// What the issue of this network asks for: outputs of the plain form within 1e-5 of the largest.
  static let tolerance = 1e-5

  @Test func mergingGivesThePlainForm() throws {
    let options = try ArchitectureOptions([:], of: RepVGG(.a0).options).withoutWeights()
    let merged = try RepVGG(.a0).build(options).applying(BranchMerging())
    #expect(merged.trainableParameters().reduce(0) { $0 + merged.parameters[$1]!.shape.count } == 8_309_384)
    #expect(!merged.nodes.contains { $0.op is Add || $0.op is BatchNormalization })
    #expect(merged.nodes.count { $0.op is Convolution } == 22)
  }

  @Test(arguments: [RepVGG.Variant.a0, .b0])
  func theMergedNetworkComputesTheSame(_ variant: RepVGG.Variant) throws {
    var graph = try Zoo.repVGG(variant.rawValue, width: 0.125, form: .cifar, input: 16)
    for (number, name) in graph.parameters.keys.enumerated() where graph.parameters[name]!.shape.rank == 1 {
      graph.parameters[name] = .dense(SampleTensors.positive(graph.parameters[name]!.shape, seed: UInt64(number)))
    }
    let input = ["input": SampleTensors.normal([2, 3, 16, 16])]
    let expected = try ReferenceEvaluation(of: graph, inputs: input, batch: 2, double: true).values["logits"]!
    let merged = try graph.applying(BranchMerging())
    let found = try ReferenceEvaluation(of: merged, inputs: input, batch: 2, double: true).values["logits"]!
    #expect(merged.outputs == graph.outputs)
    #expect(Tolerance.relative(found, expected) <= Self.tolerance)
  }
}
