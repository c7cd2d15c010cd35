import Datasets
import Engine
import Graphs
import Tensors

/// How closely a network follows another on the same inputs; needs no labels.
public struct Fidelity: Codable, Sendable, Equatable {
  /// Each output, in the reference's order.
  public var outputs: [OutputFidelity]
  /// How many samples were compared.
  public var count: Int

  /// Runs two networks over a split, batch by batch, and compares their outputs in order.
  ///
  /// - Parameters:
  ///   - network: the one that should follow the reference, on the same raw samples.
  ///   - reference: the original, on raw samples (see `Model.graphOnRawPixels`).
  /// - Throws: `PareError.badInput` where the outputs differ in number or size.
  public static func measure(
    of network: Graph, against reference: Graph, on split: Split, batchSize: Int = 128, engine: Engine
  ) throws -> Fidelity {
    let first = try SplitProgram(reference, on: split, batchSize: batchSize, engine: engine)
    let second = try SplitProgram(network, on: split, batchSize: first.batchSize, engine: engine)
    let (ports, others) = (first.program.outputs, second.program.outputs)
    guard ports.count == others.count, first.batchSize == second.batchSize,
      zip(ports, others).allSatisfy({ $0.shape.count == $1.shape.count })
    else {
      let shapes = "\(ports.map(\.shape)) and \(others.map(\.shape))"
      throw PareError(.badInput, "networks whose outputs are \(shapes) cannot be compared; their sizes must be equal")
    }
    var counters = ports.map { _ in FidelityCounter() }
    let names = Dictionary(
      zip(first.split.inputs.map(\.name), second.split.inputs.map(\.name)), uniquingKeysWith: { name, _ in name })
    try first.forEachBatch { outputs in
      var batch = outputs.batch
      batch.inputs = Dictionary(uniqueKeysWithValues: batch.inputs.map { (names[$0.key] ?? $0.key, $0.value) })
      let results = try second.run(batch)
      for (index, (port, other)) in zip(ports, others).enumerated() {
        counters[index].add(
          outputs.values[port.name]!, results.values[other.name]!, rows: outputs.count, of: first.batchSize)
      }
    }
    return Fidelity(outputs: zip(ports, counters).map { $1.result(name: $0.name) }, count: split.count)
  }

  /// Compares two models, each of which normalises raw pixels by its own preparation.
  ///
  /// - Parameter batches: how the data was prepared, where not by the models' own preparation.
  /// - Throws: as for graphs.
  public static func measure(
    of model: Model, against reference: Model, on split: Split, batches: Preparation? = nil, batchSize: Int = 128,
    engine: Engine
  ) throws -> Fidelity {
    try measure(
      of: model.graphOnRawPixels(batches: batches), against: reference.graphOnRawPixels(batches: batches), on: split,
      batchSize: batchSize, engine: engine)
  }
}
