import Tensors
import Testing

@testable import Quantization

@Suite struct ObserverTests {
  private func limit(_ identifier: String, _ batches: [[Float]], levels: Int = 127, percentile: Double = 99) throws
    -> Float
  {
    let configuration = try QuantizationConfiguration(calibration: identifier, percentile: percentile)
    var observer = try #require(ActivationObservers.named(identifier)).init(configuration)
    for batch in batches { batch.withUnsafeBufferPointer { observer.observe($0) } }
    return observer.limit(levels: levels)
  }

  @Test func minMaxKeepsTheLargestMagnitude() throws {
    #expect(try limit("minmax", [[1, -3, 2], [0.5]]) == 3)
    #expect(try limit("minmax", [(0..<40).map { Float($0 == 17 ? -9 : 1) }]) == 9)
  }

  @Test(arguments: ["minmax", "percentile", "mse"]) func zerosGiveZero(_ identifier: String) throws {
    #expect(try limit(identifier, [[0, 0, 0]]) == 0)
  }

  @Test func histogramGrowsWithoutLosingCounts() {
    var histogram = MagnitudeHistogram()
    for batch in [[Float(0.5), 0, -1], [3, -0.25], [100]] { batch.withUnsafeBufferPointer { histogram.add($0) } }
    #expect(histogram.total == 6)
    #expect(histogram.zeros == 1)
    #expect(histogram.largest == 100)
    #expect(histogram.limit == 128)
    // Bins are 1/16 wide now: 0.25, 0.5 and 1 fall into 4, 8 and (the first batch's upper end) 15.
    #expect(histogram.counts[4] == 1 && histogram.counts[8] == 1 && histogram.counts[15] == 1)
  }

  @Test func percentileLeavesOutliersOut() throws {
    let values = (1...1000).map { Float($0) / 1000 } + [50]
    let found = try limit("percentile", [values], percentile: 99)
    // 99 % of 1001 values lie below 0.991; a bin is 50 / 2048 wide.
    #expect(abs(found - 0.991) <= 50.0 / 2048)
    #expect(try limit("percentile", [values], percentile: 100) == 50)
  }

  @Test func mseClipsOneOutlierAmongMany() throws {
    var random = RandomSource(seed: 1)
    let values = (0..<20000).map { _ in Float(random.normal()) } + [12]
    // With 15 steps rounding 20,000 values costs more than clipping one; with 4096 it does not.
    let clipped = try limit("mse", [values], levels: 15)
    #expect(clipped < 8 && clipped > 2)
    #expect(try limit("mse", [values], levels: 4096) == 12)
  }
}
