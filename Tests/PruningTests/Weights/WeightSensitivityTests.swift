import Datasets
import Engine
import Graphs
import Measurement
import Tensors
import Testing
import Training
import Zoo

@testable import Pruning

@Suite("Weights by measured sensitivity")
struct WeightSensitivityTests {
  private func curve(_ points: [(Double, Double)]) -> SensitivityCurve {
    SensitivityCurve(
      top1: 0.9, points: points.map { .init(removed: Int($0.0 * 1000), fraction: $0.0, top1: $0.1) })
  }

  @Test("what hurts least goes first, to the weight; nothing falls below the floor")
  func shares() {
    // The first layer loses nothing up to four fifths, the second a tenth of a point for each hundredth from the start.
    let curves = [curve([(0.4, 0.9), (0.8, 0.9)]), curve([(0.4, 0.86), (0.8, 0.82)])]
    func zeros(_ counts: [Int], _ sparsity: Double, floor: Double = 0) -> [Int] {
      let shares = WeightSensitivity.shares(
        curves: curves, counts: counts, sparsity: sparsity, floor: floor, chance: 0.1)
      return zip(shares, counts).map { Int(($0 * Double($1)).rounded()) }
    }
    #expect(zeros([1000, 1000], 0.4) == [800, 0])
    // Behind four fifths the first falls to chance within a fifth of it: the second goes on.
    #expect(zeros([1000, 1000], 0.5) == [800, 200])
    #expect(zeros([1000, 1000], 0.75, floor: 0.5) == [500, 500], "floors keep what they say")
    for sparsity in [0.1, 0.33, 0.9, 0.99] {
      #expect(zeros([977, 123], sparsity).reduce(0, +) == Int((sparsity * 1100).rounded()))
    }
    #expect(WeightSensitivity.trials(for: 0.75).map { ($0 * 1000).rounded() } == [500, 750, 875])
  }

  @Test("a layer that the network hardly needs gives most, and the sparsity is exact")
  func endToEnd() throws {
    let engine = Engine(threads: 1)
    let (training, heldOut) = try Dataset(parsing: "digits").trainingSplits(seed: 0, heldOut: 0.2)
    let trainer = Trainer(TrainingConfiguration(epochs: 8, batchSize: 64, rate: 0.1), engine: engine)
    let model = try trainer.train(Zoo.model(ZooReference(parsing: "zoo:digits_mlp")), on: training).model
    var configuration = WeightPruningConfiguration(sparsity: 0.9)
    var pruning = WeightPruning(configuration, engine: engine)
    func top1(_ selection: WeightSelection) throws -> (Double, WeightPruningReport) {
      configuration.selection = selection
      pruning.configuration = configuration
      let result = try pruning.compress(model, trainingOn: training, judgedBy: heldOut)
      let measured = try AccuracyMeasurement.measure(result.model, on: heldOut, batchSize: 100, engine: engine)
      return (measured.top1, result.report)
    }
    let (even, _) = try top1(.uniform)
    var calls: [Int] = []
    pruning.onSensitivity = { done, _ in calls.append(done) }
    let (measured, report) = try top1(.sensitivity)
    #expect(report.zeros == Int((0.9 * Double(report.weights)).rounded()))
    #expect(calls.last == 3 * report.layers.count && report.layers.allSatisfy { $0.sensitivity?.points.count == 3 })
    #expect(Set(report.layers.map { $0.zeros * 100 / $0.weights }).count > 1)
    #expect(measured > even, "\(measured) by sensitivity, \(even) alike")
    #expect(throws: PareError.self) { try pruning.compress(model, trainingOn: training) }
  }
}
