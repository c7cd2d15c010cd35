import Datasets
import Engine
import Graphs
import Measurement
import Tensors
import Testing
import TestSupport

@testable import Training

@Suite struct BatchNormTests {
  /// Float32 sums over some thousand elements.
  private let tolerance = 1e-4

  /// The statistics of the first normalisation's input are those of all samples together, however they are batched.
  @Test func recalibrationIsExact() throws {
    let split = try Dataset(parsing: "digits").split(.train).subset(Array(0..<120))
    let model = try SmallNetworks.digitsConvolutions()
    var recalibration = BatchNormRecalibration()
    recalibration.batchSize = 40
    let result = try recalibration.recalibrated(model, on: split, engine: Engine(threads: 1))

    let all = try split.batch(Array(0..<120))
    let value = model.graph.nodes.first { $0.op is Convolution }!.outputs[0]
    let outputs = try ReferenceEvaluation(of: model.graph, inputs: all.inputs, batch: 120).values[value]!
    let (channels, plane) = (outputs.shape[1], outputs.shape[2] * outputs.shape[3])
    let values = outputs.doubles
    for channel in 0..<channels {
      let own = values.indices.filter { $0 / plane % channels == channel }.map { values[$0] }
      let mean = own.reduce(0, +) / Double(own.count)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count - 1)
      let (newMean, newVariance) = (
        result.graph.parameters["bn0.running_mean"]!.tensor.doubles[channel],
        result.graph.parameters["bn0.running_var"]!.tensor.doubles[channel]
      )
      #expect(abs(newMean - mean) < tolerance && abs(newVariance - variance) < tolerance)
    }
    #expect(result.graph.parameters["conv0.weight"]!.tensor == model.graph.parameters["conv0.weight"]!.tensor)
  }

  /// Normalised by its own statistics, a batch gives what the network recalibrated on that batch alone gives, up to the
  /// running variance being that of a sample (n - 1) and the batch's own that of the population (n).
  @Test func batchesNormaliseThemselves() throws {
    let split = try Dataset(parsing: "digits").split(.train).subset(Array(0..<120))
    let engine = Engine(threads: 1)
    let model = try SmallNetworks.digitsConvolutions()
    var recalibration = BatchNormRecalibration()
    recalibration.batchSize = 120
    let recalibrated = try recalibration.recalibrated(model, on: split, engine: engine)
    func logits(_ graph: Graph) throws -> [Double] {
      let batch = try split.batch(Array(0..<120))
      return try ReferenceEvaluation(of: graph, inputs: batch.inputs, batch: 120).values["logits"]!.doubles
    }
    let (own, running, old) = (
      try logits(model.graph.normalizingByBatches), try logits(recalibrated.graph), try logits(model.graph)
    )
    func distance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max()! }
    #expect(distance(own, running) < 0.01 * distance(own, old))
    let measured = try SplitProgram(model.graph.normalizingByBatches, on: split, batchSize: 120, engine: engine)
    try measured.forEachBatch { #expect(distance($0.values["logits"]!.doubles, own) < 1e-3) }
  }

  @Test func insertionKeepsTheFunction() throws {
    let split = try Dataset(parsing: "digits").split(.train).sample(atMost: 256, seed: 0)
    let engine = Engine(threads: 1)
    var model = try SmallNetworks.digitsConvolutions()
    model.graph = try BatchNormalizationFolding().apply(to: model.graph)
    #expect(BatchNormInsertion.isWanted(for: model.graph))
    let inserted = try BatchNormInsertion().inserted(into: model, on: split, engine: engine)
    #expect(inserted.graph.nodes.count { $0.op is BatchNormalization } == 2)
    let fidelity = try Fidelity.measure(of: inserted, against: model, on: split, engine: engine)
    #expect(fidelity.outputs[0].largestDifference < tolerance)
  }
}
