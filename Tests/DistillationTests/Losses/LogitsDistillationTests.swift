import Foundation
import Graphs
import Tensors
import Testing

@testable import Distillation
@testable import Training

/// The loss of Hinton et al. on a batch small enough to work by hand.
@Suite struct LogitsDistillationTests {
  private let student: [Double] = [1, -0.5, 2, 0.25, 0, -1]
  private let teacher: [Double] = [0.5, 0, 3, -1, 2, 0.5]

  private func softmax(_ z: [Double], _ t: Double) -> [Double] {
    let e = z.map { exp($0 / t) }
    return e.map { $0 / e.reduce(0, +) }
  }

  /// Evaluates the loss and its gradient by the student's scores in double precision.
  private func evaluate(_ loss: LogitsDistillation, student: [Double], teacher: [Double]) throws -> (Double, [Double]) {
    let builder = GraphBuilder()
    let logits = builder.input("logits", shape: [.batch, .fixed(3)])
    try builder.output(logits)
    let graph = try TrainingGraph(
      builder.build(), objective: loss, teacherShapes: ["logits": [.batch, .fixed(3)]])
    let gradient = try graph.graph.differentiated(loss: graph.loss, withRespectTo: ["logits"])
    var inputs: [String: Tensor] = [:]
    for port in gradient.graph.inputs {
      switch port.name {
      case "logits": inputs[port.name] = Tensor(student, shape: [2, 3])
      case "objective.teacher.logits": inputs[port.name] = Tensor(teacher, shape: [2, 3])
      case "objective.target3": inputs[port.name] = Tensor([0, 0, 1, 1, 0, 0] as [Double], shape: [2, 3])
      case "objective.temperature": inputs[port.name] = Tensor(scalar: loss.temperature)
      case "objective.distillation.weight":
        inputs[port.name] = Tensor(scalar: loss.distillationWeight * loss.temperature * loss.temperature)
      case "objective.labels.weight": inputs[port.name] = Tensor(scalar: loss.labelWeight)
      default: Issue.record("an input that the test does not know: \(port.name)")
      }
    }
    let values = try ReferenceEvaluation(of: gradient.graph, inputs: inputs, batch: 2, double: true).values
    return (values[graph.loss]!.doubles[0], values[gradient.gradients["logits"]!]!.doubles)
  }

  @Test(arguments: [1.0, 4.0])
  func isTheFormulaOfThePaper(temperature: Double) throws {
    let loss = try LogitsDistillation(temperature: temperature, distillationWeight: 0.9, labelWeight: 0.1)
    var expected = 0.0
    for (row, label) in [2, 0].enumerated() {
      let s = Array(student[(row * 3)..<(row * 3 + 3)])
      let t = Array(teacher[(row * 3)..<(row * 3 + 3)])
      let (p, q) = (softmax(t, temperature), softmax(s, temperature))
      let divergence = zip(p, q).map { $0 * log($0 / $1) }.reduce(0, +)
      expected += (0.9 * temperature * temperature * divergence - 0.1 * log(softmax(s, 1)[label])) / 2
    }
    let (value, gradient) = try evaluate(loss, student: student, teacher: teacher)
    #expect(abs(value - expected) < 1e-9)
    // d/ds = w_d T (softmax(s/T) - softmax(t/T)) / B + w_l (softmax(s) - onehot) / B
    for (row, label) in [2, 0].enumerated() {
      let s = Array(student[(row * 3)..<(row * 3 + 3)])
      let t = Array(teacher[(row * 3)..<(row * 3 + 3)])
      for c in 0..<3 {
        let soft = 0.9 * temperature * (softmax(s, temperature)[c] - softmax(t, temperature)[c])
        let hard = 0.1 * (softmax(s, 1)[c] - (c == label ? 1 : 0))
        #expect(abs(gradient[row * 3 + c] - (soft + hard) / 2) < 1e-9)
      }
    }
  }

  @Test func anEqualStudentHasNothingToLearn() throws {
    let loss = try LogitsDistillation(temperature: 4, distillationWeight: 1, labelWeight: 0)
    let (value, gradient) = try evaluate(loss, student: student, teacher: student)
    #expect(abs(value) < 1e-12)
    #expect(gradient.allSatisfy { abs($0) < 1e-12 })
  }

  @Test func refusesNumbersThatMakeNoSense() {
    #expect(throws: PareError.self) { try LogitsDistillation(temperature: 0) }
    #expect(throws: PareError.self) { try LogitsDistillation(distillationWeight: 0, labelWeight: 0) }
    #expect(throws: PareError.self) { try DistillationLosses.type(named: "no such loss") }
  }

  @Test func everyLossHasItsOwnName() {
    #expect(Set(DistillationLosses.all.map { $0.identifier }).count == DistillationLosses.all.count)
  }
}
