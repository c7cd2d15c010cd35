import Datasets
import Engine
import Graphs
import TestSupport
import Tensors
import Testing
import Training

@testable import Pruning

@Suite("Criteria that are judged while weights are trained")
struct MovementTests {
  private let engine = Engine(threads: 1)

  private func scores(_ criterion: any AccumulatingCriterion, _ updates: [[Float]]) -> [Double] {
    var evidence = [Float](repeating: 0, count: updates[0].count)
    for products in updates { criterion.accumulate(products, into: &evidence) }
    let context = WeightContext(evidence: ["w": evidence.map(Double.init)])
    return criterion.weightScores(of: updates[0], named: "w", given: context)
  }

  @Test("movement and running squares, worked by hand")
  func worked() {
    // Products of weight and gradient in two updates.
    let updates: [[Float]] = [[1, -2, 0.5], [0.5, 1, -4]]
    #expect(scores(Movement(), updates) == [-1.5, 1, 3.5])
    // 0.9 (0.1 · 1) + 0.1 · 0.25, and so on.
    for (score, wanted) in zip(scores(TaylorExpansion(), updates), [0.115, 0.46, 1.6225]) {
      #expect(abs(score - wanted) < 1e-6)
    }
  }

  @Test("permuting weights permutes their scores")
  func equivariant() {
    let updates: [[Float]] = [[1, -2, 0.5, 3], [0.5, 1, -4, 2]]
    let order = [2, 0, 3, 1]
    for criterion in [Movement(), TaylorExpansion()] as [any AccumulatingCriterion] {
      let plain = scores(criterion, updates)
      #expect(scores(criterion, updates.map { row in order.map { row[$0] } }) == order.map { plain[$0] })
    }
    let context = WeightContext()
    #expect(Movement().weightScores(of: [1, 2], named: "w", given: context) == [0, 0])
  }

  @Test("a training gathers minus the sum of weight times gradient, each before its update")
  func gathered() throws {
    final class Watch: TrainingRecord {
      let inner: AccumulatedEvidence
      var sums: [Double] = []
      init(_ inner: AccumulatedEvidence) { self.inner = inner }
      var tensors: [String: Tensor] {
        get { inner.tensors }
        set { inner.tensors = newValue }
      }
      func observe(_ state: TrainingState, batches: Int) {
        inner.observe(state, batches: batches)
        let products = zip(state.memory.tensor("a.weight").doubles, state.gradient("a.weight").doubles).map(*)
        sums = sums.isEmpty ? products.map(-) : zip(sums, products).map(-)
      }
    }
    let builder = GraphBuilder()
    let x = builder.input("input", shape: [.batch, .fixed(2)])
    try builder.output(builder.dense(x, outputs: 2, initializer: HeInitializer(seed: 1), name: "a"), as: "y")
    let model = Model(try builder.build())
    let split = ArraySamples.split(
      Tensor([Float(1), 2, -2, 1, 0.5, -1, 3, 0], shape: [4, 2]), labels: [0, 1, 0, 1], classes: 2)
    var trainer = Trainer(TrainingConfiguration(epochs: 3, batchSize: 2, rate: 0.1), engine: engine)
    let watch = Watch(AccumulatedEvidence(for: Movement(), of: ["a.weight"]))
    trainer.record = watch
    _ = try trainer.train(model, on: split)
    let found = try #require(watch.inner.evidence["a.weight"])
    #expect(found.contains { abs($0) > 1e-3 })
    for (score, wanted) in zip(found, watch.sums) { #expect(abs(score - wanted) < 1e-5) }
  }
}
