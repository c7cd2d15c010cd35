import Datasets
import Engine
import Foundation
import Graphs
import Tensors
import Testing

@testable import Quantization

@Suite struct StaticQuantizationTests {
  /// What 8-bit weights and activations leave of random networks a few layers deep, in decibels.
  private static let expectedSNR = 25.0

  private func signalToNoise(_ graph: Graph, _ quantized: Graph, _ x: Tensor) throws -> Double {
    let batch = x.shape[0]
    let wanted = try ReferenceEvaluation(of: graph, inputs: ["input": x], batch: batch).values["logits"]!.doubles
    let found = try ReferenceEvaluation(of: quantized, inputs: ["input": x], batch: batch).values["logits"]!.doubles
    let signal = wanted.reduce(0) { $0 + $1 * $1 }
    let noise = zip(wanted, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return 10 * log10(signal / noise)
  }

  @Test(arguments: ["residual", "depthwise", "concatenation"], ["minmax", "percentile", "mse"])
  func outputsStayClose(_ network: String, _ calibration: String) throws {
    let graph = try Networks.named(network)
    let configuration = try QuantizationConfiguration(calibration: calibration, batchSize: 5)
    let (model, report) = try Networks.quantized(graph, configuration)
    #expect(report.samples == 16)
    let ratio = try signalToNoise(graph, model.graph, Networks.samples(4, seed: 8))
    #expect(ratio > Self.expectedSNR)
  }

  @Test(arguments: ["residual", "depthwise", "concatenation"]) func engineAgreesWithReference(_ network: String) throws
  {
    let (model, _) = try Networks.quantized(Networks.named(network))
    let x = try Networks.samples(4, seed: 8)
    let wanted = try ReferenceEvaluation(of: model.graph, inputs: ["input": x], batch: 4).values["logits"]!.floats
    let found = try Network(graph: model.graph).makeSession(batch: 4).run(["input": x])["logits"]!.floats
    let largest = wanted.map(abs).max() ?? 0
    // Integer sums are exact; a tie that falls the other way moves one step of 1/127.
    for (a, b) in zip(wanted, found) { #expect(abs(a - b) < largest / 50) }
  }

  @Test func portsStayAsTheyWere() throws {
    let graph = try Networks.residual()
    let (model, _) = try Networks.quantized(graph)
    #expect(model.graph.inputs == graph.inputs)
    #expect(model.graph.outputs == graph.outputs)
    #expect(model.history.count == 1)
  }

  @Test func quantizedNetworkIsRefused() throws {
    let (model, _) = try Networks.quantized(Networks.residual())
    let error = #expect(throws: PareError.self) { try Networks.quantized(model.graph) }
    #expect(error?.code == .badInput)
    #expect(error?.message.contains("quantized already") == true)
  }

  @Test func dataMustBeFinite() throws {
    var values = try Networks.samples().floats
    values[5] = .nan
    let samples = Tensor(values, shape: [16, 3, 8, 8])
    let error = #expect(throws: PareError.self) { try Networks.quantized(Networks.residual(), samples: samples) }
    #expect(error?.code == .badInput)
  }

  @Test func ignoredLayersStayFloat() throws {
    let graph = try Networks.depthwise()
    let name = graph.nodes.first { $0.op is Gemm }!.name
    let configuration = try QuantizationConfiguration(ignoredNodes: [NSRegularExpression.escapedPattern(for: name)])
    let (model, report) = try Networks.quantized(graph, configuration)
    #expect(report.floatLayers.map(\.name) == [name])
    #expect(report.layers.count == 3)
    let gemm = try #require(model.graph.nodes.first { $0.op is Gemm })
    #expect(model.graph.parameters[gemm.inputs[1]]?.dataType == .float32)
  }

  @Test func nothingToQuantizeIsSaid() throws {
    let configuration = try QuantizationConfiguration(ignoredNodes: [".*"])
    #expect(throws: PareError.self) { try Networks.quantized(Networks.residual(), configuration) }
  }

  @Test func reportSurvivesCoding() throws {
    let (_, report) = try Networks.quantized(Networks.residual())
    let data = try JSONEncoder().encode(report)
    #expect(try JSONDecoder().decode(QuantizationReport.self, from: data) == report)
  }
}
