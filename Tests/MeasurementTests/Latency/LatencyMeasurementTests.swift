import Engine
import Foundation
import Testing

@testable import Measurement

@Suite struct LatencyMeasurementTests {
  @Test func percentilesAreNearestRanks() {
    let times = Latency.Milliseconds(seconds: (1...10).reversed().map { Double($0) / 1000 })
    #expect(times.min == 1 && times.p50 == 5 && times.p90 == 9 && times.p99 == 10)
    #expect(abs(times.mean - 5.5) < 1e-12)
    let single = Latency.Milliseconds(seconds: [0.002])
    #expect(single.p50 == 2 && single.p99 == 2)
  }

  @Test func measuresANetwork() throws {
    var measurement = LatencyMeasurement.quick
    measurement.layerRuns = 2
    let latency = try measurement.measure(
      SmallClassifiers.scaling([1, 2, 3], softmax: true), batch: 4, engine: Engine(threads: 1))
    #expect(latency.batch == 4 && latency.threads == 1 && latency.runs >= 10)
    #expect(latency.milliseconds.min <= latency.milliseconds.p50)
    #expect(latency.milliseconds.p50 <= latency.milliseconds.p99)
    #expect(latency.layers.contains { $0.op == "Softmax" })
    let json = String(decoding: try JSONEncoder().encode(latency), as: UTF8.self)
    #expect(json.contains("\"latency_ms\"") && json.contains("\"images_per_second\""))
  }
}
