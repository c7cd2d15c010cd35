import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import ONNXFormat
import PareFormat
import Pruning
import Reporting
import Tensors

/// A network as it stands in a file, with everything that is measured of it.
struct MeasuredNetwork {
  let model: Model
  let bytes: Int
  /// The bytes as a `.pare` file; nil where that is not delivered beside the ONNX file.
  var packedBytes: Int?
  let costs: GraphCosts
  var accuracy: Accuracy?
  var latency: Latency?

  /// A network read from the bytes of a file.
  init(_ model: Model, bytes: Int) throws {
    self.model = model
    self.bytes = bytes
    costs = try model.graph.costs()
  }

  /// The figures for the report.
  var measures: ReportDocument.Measures {
    var measures = ReportDocument.Measures()
    measures.top1 = accuracy?.top1
    measures.top5 = accuracy?.top5
    measures.loss = accuracy?.loss
    measures.parameters = costs.parameters
    measures.nonzeroParameters = costs.nonzeroParameters
    measures.macs = costs.macs
    measures.fileBytes = bytes
    measures.pareFileBytes = packedBytes
    measures.weightBytes = costs.weightBytes
    measures.peakActivationBytes = costs.peakActivationBytes
    if let latency {
      let ms = latency.milliseconds
      measures.latencyMs = ms.p50
      measures.latency = .init(mean: ms.mean, p50: ms.p50, p90: ms.p90, p99: ms.p99, min: ms.min)
      measures.imagesPerSecond = latency.imagesPerSecond
    }
    return measures
  }

  /// A quantity that targets limit; nil where it was not measured.
  /// - Throws: what counting channels and packing throw.
  func quantity(_ kind: CompressionTarget.Kind) throws -> Double? {
    switch kind {
    case .macs: Double(costs.macs)
    case .parameters: Double(costs.parameters)
    case .channels: Double(try PruningTarget.Resource.channels.amount(in: model))
    case .size: Double(bytes)
    case .packedSize: Double(try packedBytes ?? model.pareBytes().count)
    case .memory: Double(costs.weightBytes + costs.peakActivationBytes)
    case .latency: latency?.milliseconds.p50
    case .fps: latency?.imagesPerSecond
    }
  }
}

/// Measures two programs in turn, so that a drift of the machine's speed meets both.
package struct InterleavedLatency {
  var rounds = 7
  var seconds = 0.15
  /// Whether the layers are timed as well.
  var timesLayers = true

  /// The usual number of rounds.
  package init() {}

  /// The latencies of the two networks at batch 1: the round whose p50 is the median of all rounds.
  package func measure(_ first: Graph, _ second: Graph, engine: Engine) throws -> (Latency, Latency) {
    var quick = LatencyMeasurement()
    (quick.runs, quick.seconds, quick.warmup, quick.layerRuns) = (5, seconds, 0.05, 0)
    var results: ([Latency], [Latency]) = ([], [])
    for _ in 0..<rounds {
      results.0.append(try quick.measure(first, engine: engine))
      results.1.append(try quick.measure(second, engine: engine))
    }
    var (a, b) = (median(results.0), median(results.1))
    guard timesLayers else { return (a, b) }
    var layered = quick
    layered.layerRuns = 10
    a.layers = try layered.measure(first, engine: engine).layers
    b.layers = try layered.measure(second, engine: engine).layers
    return (a, b)
  }

  private func median(_ latencies: [Latency]) -> Latency {
    latencies.sorted { $0.milliseconds.p50 < $1.milliseconds.p50 }[latencies.count / 2]
  }
}
