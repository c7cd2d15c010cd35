import Engine
import Foundation
import Graphs
import Tensors
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
    #expect(json.contains("\"energy_mj\""))
  }

  /// A 3x3 convolution of 8 channels over 16x16 places: 8 * 8 * 9 * 256 multiply-accumulates a sample; it reads 8 KiB
  /// and 2.25 KiB of weights and writes 8 KiB.
  @Test func layersTellWorkBytesAndShareOfThePeak() throws {
    let builder = GraphBuilder(name: "convolution")
    let x = builder.input("x", shape: [.batch, .fixed(8), .fixed(16), .fixed(16)])
    let window = SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])
    let weights = builder.parameter("w", Tensor(repeating: Float(0.1), shape: [8, 8, 3, 3]))
    try builder.output(builder.relu(builder.add(Convolution(window: window), x, weights)), as: "y")
    var measurement = LatencyMeasurement.quick
    measurement.layerRuns = 3
    let latency = try measurement.measure(builder.build(), batch: 2, engine: Engine(threads: 1))
    let layer = try #require(latency.layers.first { $0.macs > 0 })
    #expect(layer.macs == 2 * 8 * 8 * 9 * 256)
    #expect(layer.bytes == 4 * (2 * 8 * 256 * 2 + 8 * 8 * 9))
    #expect(layer.macsPerByte == Double(layer.macs) / Double(layer.bytes))
    let gflops = try #require(layer.gflops)
    #expect(abs(gflops * layer.ms * 1e6 / (2 * Double(layer.macs)) - 1) < 1e-9)
    let peak = try #require(latency.peak)
    #expect(peak.float32 > 0 && peak.bandwidth > 0)
    #expect(layer.peakShare == gflops / peak.float32)
    #expect(latency.layers.filter { $0.macs == 0 }.allSatisfy { $0.gflops == nil && $0.peakShare == nil })
  }
}
