import Datasets
import Engine
import Graphs
import Tensors

/// Measures top-1, top-5 and cross-entropy of a classifier on a labelled split.
///
/// Compiled once and run as often as wanted: a trainer binds it to the parameters that it is changing. Confined to its
/// user.
public final class AccuracyMeasurement {
  private let program: SplitProgram
  private let scores: ClassScores
  private let labels: [Int]
  private let classes: Int

  /// Compiles.
  ///
  /// - Parameters:
  ///   - graph: a network that takes the split's raw samples (see `Model.graphOnRawPixels`).
  ///   - output: the output with the class scores; the first where nil. A trailing Softmax is taken into account.
  ///   - parameters: the memory to bind to; nil: the graph's own, folded for inference.
  /// - Throws: `PareError.badInput` where there are no labels, or more classes than the network tells apart.
  public init(
    _ graph: Graph, on split: Split, output: String? = nil, batchSize: Int = 128, engine: Engine,
    parameters: ParameterMemory? = nil
  ) throws {
    guard let labels = split.labels else {
      throw PareError(
        .badInput, "the \(split.name) split has no labels to measure accuracy by; measure fidelity instead")
    }
    self.labels = labels
    let scores = try ClassScores(of: graph, output: output)
    self.scores = scores
    var graph = graph
    graph.outputs = graph.outputs.filter { $0.name == scores.output }
    graph = try DeadNodeElimination().apply(to: graph)
    program = try SplitProgram(graph, on: split, batchSize: batchSize, engine: engine, parameters: parameters)
    let port = program.program.outputs[0]
    classes = port.shape.count / max(program.batchSize, 1)
    let isVector = port.shape.rank >= 2 && port.shape[0] == program.batchSize && port.shape[1] == classes
    guard isVector else {
      throw PareError(
        .badInput, "output \"\(port.name)\" is \(port.shape): not one score a class, so the network is no classifier")
    }
    let largest = labels.max() ?? 0
    guard largest < classes, labels.allSatisfy({ $0 >= 0 }) else {
      throw PareError(
        .badInput,
        "the data has labels up to \(largest), but the network tells only \(classes) classes apart; "
          + "use data of the classes that it was trained on")
    }
  }

  /// Runs over the split.
  /// - Throws: `PareError.badInput` naming a file that cannot be read.
  public func measure() throws -> Accuracy {
    let clock = ContinuousClock()
    var counter = AccuracyCounter(form: scores.form, samples: labels.count, classes: classes)
    let duration = try clock.measure {
      try program.forEachBatch { outputs in
        let positions = outputs.batch.positions
        counter.add(outputs.values[scores.output]!, labels: positions.map { labels[$0] }, positions: positions)
      }
    }
    return counter.result(seconds: duration.seconds)
  }

  /// Measures a model, which normalises raw pixels by its own preparation.
  ///
  /// - Parameter batches: how the data was prepared, where not by the model's own preparation.
  /// - Throws: as the initialiser and `measure()`.
  public static func measure(
    _ model: Model, on split: Split, batches: Preparation? = nil, batchSize: Int = 128, engine: Engine
  ) throws -> Accuracy {
    try AccuracyMeasurement(
      model.graphOnRawPixels(batches: batches), on: split, batchSize: batchSize, engine: engine
    ).measure()
  }
}
