import Graphs
import Tensors
import TestSupport
import Testing

/// One operator with inputs, for tests that check its gradient rule.
struct GradientCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var op: any Operator
  var inputs: [Tensor?]
  var wanted: [Int]
  var training = false
  var shapes: [Int: ValueShape] = [:]
  var batch = 1

  init(
    _ description: String, _ op: any Operator, _ inputs: [Tensor?], wanted: [Int]? = nil, training: Bool = false,
    shapes: [Int: ValueShape] = [:], batch: Int = 1
  ) {
    testDescription = description
    self.op = op
    self.inputs = inputs
    self.wanted = wanted ?? inputs.indices.filter { inputs[$0] != nil }
    self.training = training
    self.shapes = shapes
    self.batch = batch
  }

  func mismatches() throws -> [String] {
    try GradientCheck(op, inputs, wanted: wanted, training: training, shapes: shapes, batch: batch).mismatches()
  }
}
