import Engine
import Graphs
import Testing
import TestSupport

@testable import Measurement

@Suite struct SensitivityMeasurementTests {
  @Test func measuresEachCandidate() throws {
    let split = SmallClassifiers.split([[1, 0], [0, 1], [0, 2], [2, 1]], labels: [0, 1, 1, 0])
    var measurement = SensitivityMeasurement(on: split, engine: Engine(threads: 1))
    var progress: [Int] = []
    measurement.onProgress = { done, all in progress.append(done * 10 + all) }
    let (original, results) = try measurement.measure(
      original: SmallClassifiers.scaling([1, 1]), candidates: ["same", "blind"]
    ) { name in
      try SmallClassifiers.scaling(name == "same" ? [2, 2] : [1, 0])
    }
    #expect(original.top1 == 1)
    #expect(results.map(\.name) == ["same", "blind"])
    #expect(results.map(\.drop) == [0, 0.5])
    #expect(progress == [12, 22])
  }
}
