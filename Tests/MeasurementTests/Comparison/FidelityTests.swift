import Engine
import Foundation
import Graphs
import Tensors
import Testing
import TestSupport

@testable import Measurement

@Suite struct FidelityTests {
  private let engine = Engine(threads: 1)

  @Test func byHand() throws {
    let split = SmallClassifiers.split([[3, 4], [1, 0], [0, 2]], labels: nil)
    let fidelity = try Fidelity.measure(
      of: SmallClassifiers.scaling([1, 0.5]), against: SmallClassifiers.scaling([1, 1]), on: split, batchSize: 2,
      engine: engine)
    let output = fidelity.outputs[0]
    // (3, 4) became (3, 2), (1, 0) stayed, (0, 2) became (0, 1): signal 25 + 1 + 4, noise 4 + 0 + 1.
    #expect(fidelity.count == 3)
    #expect(abs(output.agreement! - 2.0 / 3) < 1e-12)
    let cosine = (17 / (5 * 13.0.squareRoot()) + 2) / 3
    #expect(abs(output.cosine - cosine) < 1e-6)
    #expect(abs(output.signalToNoise! - 10 * log10(6)) < 1e-6)
    #expect(output.largestDifference == 2)
  }

  @Test func theSameNetworkIsExact() throws {
    let split = SmallClassifiers.split([[3, 4], [1, 0]], labels: nil)
    let graph = try SmallClassifiers.scaling([1, 1])
    let output = try Fidelity.measure(of: graph, against: graph, on: split, engine: engine).outputs[0]
    #expect(output.agreement == 1 && output.signalToNoise == nil && output.largestDifference == 0)
    #expect(abs(output.cosine - 1) < 1e-12)
  }
}
