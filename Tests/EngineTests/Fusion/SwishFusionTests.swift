import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// x * sigmoid(x) in one pass.
struct SwishFusionTests {
  private func graph(_ body: (GraphBuilder, Value) throws -> Void) throws -> Graph {
    let b = GraphBuilder()
    try body(b, b.imageInput(channels: 4, height: 3, width: 3))
    return try SwishFusion().apply(to: b.build())
  }

  @Test func aProductWithItsOwnSigmoidBecomesASwish() throws {
    for isReversed in [false, true] {
      let fused = try graph { b, x in
        let gate = try b.sigmoid(x)
        try b.output(isReversed ? b.product(gate, x) : b.product(x, gate), as: "y")
      }
      #expect(fused.nodes.map { $0.op.kind } == ["Swish"])
      let x = SampleTensors.normal([2, 4, 3, 3])
      let found = try ReferenceEvaluation(of: fused, inputs: ["input": x], batch: 2).values["y"]!
      let expected = x.mapElements { $0 / (1 + exp(-$0)) }
      #expect(Tolerance.relative(found, expected) < Tolerance.float32)
    }
  }

  @Test func aSigmoidThatIsReadElsewhereStays() throws {
    let shared = try graph { b, x in
      let gate = try b.sigmoid(x)
      try b.output(b.product(x, gate), as: "y")
      try b.output(b.relu(gate), as: "z")
    }
    #expect(shared.nodes.contains { $0.op is Sigmoid })
    let other = try graph { b, x in try b.output(b.product(b.relu(x), b.sigmoid(x)), as: "y") }
    #expect(other.nodes.contains { $0.op is Sigmoid })
  }
}
