import Datasets
import Engine
import Graphs
import Measurement
import Tensors
import Testing
import Zoo

@testable import Training

@Suite("Targeted dropout")
struct TargetedDropoutTests {
  private let engine = Engine(threads: 1)

  /// A state whose first layer has these weights and gradients of 1, and the places that are 0 after leaving weights out.
  private func zeros(_ dropout: TargetedDropout, _ weights: [Float], update: Int = 0) throws -> [Int] {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(1)])
    try b.output(
      b.add(Gemm(transposeB: true), x, b.parameter("w", Tensor(weights, shape: [weights.count, 1]))), as: "y")
    let state = TrainingState(graph: try b.build())
    let gradients = state.gradientAddress("w").assumingMemoryBound(to: Float.self)
    for index in weights.indices { gradients[index] = 1 }
    let left = WeightDropout(dropout, of: state, named: ["w"], seed: 3)
    left.leaveOut(update: update)
    let zeros = state.memory.tensor("w").floats.enumerated().filter { $1 == 0 }.map(\.offset)
    left.restore()
    #expect(state.memory.tensor("w").floats == weights)
    #expect(state.gradient("w").floats == weights.indices.map { zeros.contains($0) ? 0 : 1 })
    return zeros
  }

  @Test("the smallest weights are candidates, worked by hand; they are put back, without a gradient")
  func candidates() throws {
    let weights: [Float] = [3, -1, 0.5, -2, 1, 4]
    #expect(try zeros(TargetedDropout(share: 0.5, rate: 1), weights) == [1, 2, 4])
    // Of equal ones the first.
    #expect(try zeros(TargetedDropout(share: 0.34, rate: 1), weights) == [1, 2])
    #expect(try zeros(TargetedDropout(share: 0.5, rate: 0), weights).isEmpty)
    #expect(try zeros(TargetedDropout(share: 0, rate: 1), weights).isEmpty)
    let half = TargetedDropout(share: 1, rate: 0.5)
    let count = try (0..<200).reduce(0) { try $0 + zeros(half, weights, update: $1).count }
    // 1200 draws of probability a half: a deviation of 17.3.
    #expect(abs(count - 600) < 70)
    #expect(throws: PareError.self) { try TargetedDropout(share: 1.5, rate: 0.5).validate() }
  }

  @Test("what is trained with it survives pruning by size better, without any training behind it")
  func effect() throws {
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    func top1(_ dropout: TargetedDropout?) throws -> Double {
      var configuration = TrainingConfiguration(epochs: 30, batchSize: 64, rate: 0.1, seed: 3)
      configuration.targetedDropout = dropout
      let model = try Trainer(configuration, engine: engine).train(
        Zoo.model(ZooReference(parsing: "zoo:digits_mlp?seed=3")), on: training
      ).model
      var cut = model
      for name in ["fc1.weight", "fc2.weight", "fc3.weight"] {
        let weights = model.graph.parameters[name]!.tensor
        let threshold = weights.floats.map { abs($0) }.sorted()[weights.count * 4 / 5]
        cut.graph.parameters[name] = .dense(
          Tensor(weights.floats.map { abs($0) < threshold ? 0 : $0 }, shape: weights.shape))
      }
      return try AccuracyMeasurement.measure(cut, on: heldOut, batchSize: 100, engine: engine).top1
    }
    let (plain, targeted) = (try top1(nil), try top1(TargetedDropout(share: 0.8, rate: 0.66)))
    #expect(targeted > plain, "\(plain) without, \(targeted) with")
  }
}
