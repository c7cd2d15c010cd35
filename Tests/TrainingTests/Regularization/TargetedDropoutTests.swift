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

  @Test("the smallest weights are candidates, worked by hand")
  func candidates() {
    let weights: [Float] = [3, -1, 0.5, -2, 1, 4]
    var random = RandomSource(seed: 1)
    #expect(TargetedDropout(share: 0.5, rate: 1).dropped(of: weights, from: &random) == [2, 1, 4])
    #expect(TargetedDropout(share: 0.5, rate: 0).dropped(of: weights, from: &random).isEmpty)
    #expect(TargetedDropout(share: 0, rate: 1).dropped(of: weights, from: &random).isEmpty)
    let half = TargetedDropout(share: 1, rate: 0.5)
    let count = (0..<200).reduce(0) { count, _ in count + half.dropped(of: weights, from: &random).count }
    // 1200 draws of probability a half: a deviation of 17.3.
    #expect(abs(count - 600) < 70)
    #expect(throws: PareError.self) { try TargetedDropout(share: 1.5, rate: 0.5).validate() }
  }

  @Test("weights are left out and put back, and have no gradient")
  func restored() throws {
    let graph = try Zoo.graph(ZooReference(parsing: "zoo:digits_mlp"))
    let state = TrainingState(graph: graph)
    let name = "fc1.weight"
    let whole = state.memory.tensor(name)
    let gradients = state.gradientAddress(name).assumingMemoryBound(to: Float.self)
    for index in 0..<whole.count { gradients[index] = 1 }
    let out = TargetedDropout(share: 0.5, rate: 1).leaveOut(of: state, named: [name], seed: 3, update: 7)
    let zeros = state.memory.tensor(name).floats.count { $0 == 0 }
    #expect(zeros == whole.count / 2)
    out.restore(in: state)
    #expect(state.memory.tensor(name) == whole)
    let found = state.gradient(name).floats
    let smallest = whole.floats.map { abs($0) }.sorted()[whole.count / 2 - 1]
    for (gradient, weight) in zip(found, whole.floats) { #expect(gradient == (abs(weight) <= smallest ? 0 : 1)) }
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
