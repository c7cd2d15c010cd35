import Datasets
import Foundation
import Graphs
import Tensors
import Testing
import TestSupport

@testable import Training

@Suite struct ObjectiveTests {
  /// Logits 2 x 3 as the network's own output.
  private func network() throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.input("input", shape: [.batch, .fixed(3)])
    let one = builder.parameter("scale", Tensor(repeating: Float(1), shape: [3]))
    try builder.output(builder.product(x, one), as: "logits")
    return try builder.build()
  }

  private func batch() -> Batch {
    Batch(
      inputs: ["input": Tensor([2, -1, 0.5, 0.1, 0.2, -0.3] as [Float], shape: [2, 3])],
      targets: [Batch.labelsName: Tensor([0, 2] as [Int64])], count: 2, positions: [0, 1])
  }

  private func values(_ objective: any Objective) throws -> (loss: Double, parts: [String: Double]) {
    let training = try TrainingGraph(network(), objective: objective)
    let feed = ObjectiveFeed(declarations: training.declarations, teacher: nil)
    let inputs = try feed.inputs(for: batch(), at: TrainingMoment(update: 3, updates: 10))
    let values = try ReferenceEvaluation(of: training.graph, inputs: inputs, batch: 2).values
    let parts = zip(training.parts, training.graph.outputs.dropFirst()).map { ($0, values[$1.name]!.doubles[0]) }
    return (values[training.loss]!.doubles[0], Dictionary(uniqueKeysWithValues: parts))
  }

  /// Printed by `Scripts/reference/training.py`.
  @Test(arguments: [(0.0, 0.83106948), (0.1, 0.89106948)])
  func crossEntropyFollowsPyTorch(smoothing: Double, wanted: Double) throws {
    #expect(abs(try values(CrossEntropy(labelSmoothing: smoothing)).loss - wanted) < 1e-6)
  }

  @Test func weightsMayChange() throws {
    let single = try values(CrossEntropy()).loss
    let sum = try values(
      WeightedSum([
        .init("plain", weight: 0.5, CrossEntropy()), .init("late", weight: { $0.fraction }, CrossEntropy()),
      ]))
    #expect(abs(sum.loss - 0.8 * single) < 1e-6)
    #expect(abs(sum.parts["plain"]! - single) < 1e-6)
  }

  @Test func labelsBeyondTheOutputsAreAnError() throws {
    var batch = batch()
    batch.targets[Batch.labelsName] = Tensor([0, 3] as [Int64])
    #expect(throws: PareError.self) { try ObjectiveFeed.oneHot(batch, classes: 3) }
  }

  @Test func aLossWithoutTeacherSaysSo() throws {
    struct Matching: Objective {
      func loss(in builder: GraphBuilder, outputs: [String: Value], inputs: ObjectiveInputs) throws -> Value {
        try builder.mean(builder.difference(inputs.logits(), inputs.teacher("logits")))
      }
    }
    let error = #expect(throws: PareError.self) { try TrainingGraph(network(), objective: Matching()) }
    #expect(error?.message.contains("teacher") == true)
  }
}
